import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { Handler } from '../../src/index.js';

interface Document {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, object> }> }>
  >;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** What the body is as JSON; `undefined` where it is none. */
  readonly json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form the OpenAPI document has been checked for
type Json = any;

export type Client = (
  method: string,
  path: string,
  init?: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal },
) => Promise<Answer>;

/** A client that checks every answer against the server's own OpenAPI document, and that its headers are safe. */
export async function conforming(fetcher: Handler | string): Promise<Client> {
  const send = (path: string, init?: RequestInit) =>
    typeof fetcher === 'string'
      ? fetch(fetcher + path, init)
      : fetcher(new Request(`http://server${path}`, init));
  const document = (await (await send('/openapi.json')).json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(document, 'api');
  const compiled = new Map<string, ValidateFunction>();

  return async (method, path, { body, headers = {}, signal } = {}) => {
    const isRaw = body === undefined || body instanceof Uint8Array || typeof body === 'string';
    const response = await send(path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: (isRaw ? body : JSON.stringify(body)) as string }),
      ...(signal && { signal }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = new TextDecoder().decode(bytes);
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const json =
      text !== '' && type === 'application/json' && !response.headers.has('inference-header-content-length')
        ? JSON.parse(text)
        : undefined;
    const answer = { status: response.status, headers: response.headers, bytes, text, json };
    conforms(method, path, type, answer);
    return answer;
  };

  function conforms(method: string, path: string, type: string, answer: Answer): void {
    const what = `${method} ${path} ${answer.status} ${answer.text.slice(0, 300)}`;
    expect(answer.headers.get('x-content-type-options'), what).toBe('nosniff');
    expect(answer.headers.get('cache-control'), what).toBe('no-store');
    if (answer.status >= 400) expect(answer.text, what).not.toMatch(/\n\s+at |\/work\/|\/tmp\/|node_modules/);
    if (method === 'HEAD') return;
    const template = templateOf(document, path.split('?')[0] ?? '');
    const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    if (template === undefined || operation === undefined) {
      expect([404, 405], what).toContain(answer.status);
      return matches('#/components/schemas/Error', answer.json, what);
    }
    const response = operation.responses[answer.status];
    expect(response, `${what}: the document has no such status`).toBeDefined();
    expect(Object.keys(response?.content ?? {}), what).toContain(type);
    if (answer.json === undefined) return;
    const pointer = [
      template,
      method.toLowerCase(),
      'responses',
      String(answer.status),
      'content',
      type,
      'schema',
    ];
    matches(
      `#/paths/${pointer
        .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
        .map(encodeURIComponent)
        .join('/')}`,
      answer.json,
      what,
    );
  }

  function matches(pointer: string, json: unknown, what: string): void {
    let validate = compiled.get(pointer);
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `api${pointer}` });
      compiled.set(pointer, validate);
    }
    expect(validate(json) ? [] : validate.errors, what).toEqual([]);
  }
}

function templateOf({ paths }: Document, path: string): string | undefined {
  const trimmed = path === '/' ? path : path.replace(/\/$/, '');
  // A path without parameters comes before one with.
  const templates = Object.keys(paths).sort((a, b) => a.split('{').length - b.split('{').length);
  return templates.find((template) =>
    new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(trimmed),
  );
}
