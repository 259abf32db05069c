import { JSON_TYPE } from '@warmset/open-inference';
import { type ModelHandle, type RequestOptions, WarmsetError } from '@warmset/registry';
import { HttpError } from '../http/http-error.js';
import { parseJsonBody } from '../http/json-body.js';
import { safeText } from '../http/safe-text.js';
import type { Settings } from '../options.js';
import type { Exchange } from './exchange.js';

const HEADERS = { 'content-type': JSON_TYPE };

/** `{ input }` → `{ model_name, output, cold, ms }`, as `registry.run` takes and gives it: through the model's pipeline. */
export function plainJson({ limits, routes }: Settings): Exchange<unknown> {
  return {
    decode(body) {
      const json = parseJsonBody(body, limits.jsonDepth);
      if (typeof json === 'object' && json !== null && 'input' in json) return { input: json.input };
      throw new HttpError(400, 'Expected JSON { "input": … }.');
    },
    run: routes.v2 ? runOrSayHow : (model, input, options) => model.run(input, options),
    encode: (_input, output, { model, cold, callMs }) => ({
      headers: HEADERS,
      body: JSON.stringify({ model_name: model, output: output ?? null, cold, ms: rounded(callMs) }, asJson),
    }),
  };
}

/** Who sends tensors to where a model takes what `run` does, typed arrays, is told where it takes JSON. */
async function runOrSayHow(model: ModelHandle, input: unknown, options: RequestOptions): Promise<unknown> {
  try {
    return await model.run(input, options);
  } catch (cause) {
    const isRefused = cause instanceof WarmsetError && cause.code === 'ERR_INPUT_INVALID';
    if (!isRefused || !hasTensors(input)) throw cause;
    throw new WarmsetError(
      'ERR_INPUT_INVALID',
      // Not as a cause: what a stranger may read of it is decided here.
      `${safeText(cause)} Send tensors in JSON to POST /v2/models/${model.name}/infer.`,
      { modelName: model.name },
    );
  }
}

function hasTensors(input: unknown): boolean {
  return typeof input === 'object' && input !== null && Object.values(input).some(isTensor);
}

function isTensor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'shape' in value && 'data' in value;
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
