import { JSON_TYPE } from '@warmset/open-inference';
import { HttpError } from '../http/http-error.js';
import { parseJsonBody } from '../http/json-body.js';
import type { Settings } from '../options.js';
import type { Exchange } from './exchange.js';

const HEADERS = { 'content-type': JSON_TYPE };

/** `{ input }` → `{ model_name, output, cold, ms }`, as `registry.run` takes and gives it: through the model's pipeline. */
export function plainJson({ limits }: Settings): Exchange<unknown> {
  return {
    decode(body) {
      const json = parseJsonBody(body, limits.jsonDepth);
      if (typeof json === 'object' && json !== null && 'input' in json) return { input: json.input };
      throw new HttpError(400, 'Expected JSON { "input": … }.');
    },
    run: (model, input, options) => model.run(input, options),
    encode: (_input, output, { model, cold, callMs }) => ({
      headers: HEADERS,
      body: JSON.stringify({ model_name: model, output: output ?? null, cold, ms: rounded(callMs) }, asJson),
    }),
  };
}

/** Typed arrays become lists; a 64-bit integer that a double cannot hold becomes text. */
function asJson(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as unknown as ArrayLike<unknown>);
  return value;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
