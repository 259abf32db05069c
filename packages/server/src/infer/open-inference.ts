import {
  formatInferResponse,
  HEADER_LENGTH,
  type Parameters,
  type ParsedInferRequest,
  parseHeaderLength,
  parseInferRequest,
  tensorFault,
} from '@warmset/open-inference';
import type { TensorMap } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry';
import { HttpError } from '../http/http-error.js';
import type { Settings } from '../options.js';
import type { Exchange } from './exchange.js';
import { VERSION } from './find-model.js';

const MICROSECONDS_PER_MS = 1_000;

/** Tensors in and out, as the Open Inference Protocol V2 has them. A model's pipeline is stepped over. */
export function openInference({ limits }: Settings): Exchange<ParsedInferRequest> {
  const codecLimits = { maxElements: limits.tensorElements, maxDepth: limits.jsonDepth };
  return {
    decode(body, header) {
      const request = parseInferRequest(body, parseHeaderLength(header(HEADER_LENGTH)), codecLimits);
      checkBatch(request.inputs, limits.batch);
      return { input: request, waitMs: waitOf(request.parameters) };
    },
    runNow: (model, { inputs }, signal) => model.tryRunEncoded(inputs, signal),
    run: (model, { inputs }, options) => model.runEncoded(inputs, options),
    encode(request, output, { model }) {
      const outputs = chosen(request, asTensors(output, model), model);
      const facts = { modelName: model, modelVersion: VERSION, id: request.id };
      return formatInferResponse(facts, outputs, request.wantsBinary);
    },
  };
}

/** @throws WarmsetError `ERR_INPUT_INVALID` */
function checkBatch(inputs: TensorMap, most: number): void {
  if (most === Number.POSITIVE_INFINITY) return;
  for (const [name, { shape }] of Object.entries(inputs)) {
    if (shape.length > 1 && (shape[0] ?? 0) > most) {
      throw new WarmsetError(
        'ERR_INPUT_INVALID',
        `Input "${name}": expected a batch of at most ${most}, got ${shape[0]}.`,
      );
    }
  }
}

/**
 * The client's `timeout`, in microseconds; 0 is none.
 *
 * @throws HttpError 501 for sequences: every request stands for itself here
 */
function waitOf({ timeout, sequence_id: sequence }: Parameters): number | undefined {
  if (sequence !== undefined && sequence !== 0 && sequence !== '') {
    throw new HttpError(501, 'Parameter sequence_id: sequences are not supported.');
  }
  if (timeout === undefined || timeout === 0) return undefined;
  if (typeof timeout === 'number' && timeout > 0) return timeout / MICROSECONDS_PER_MS;
  throw new HttpError(400, 'Parameter timeout: expected microseconds > 0.');
}

/** @throws HttpError 501 where the model gives something else, 500 where its tensors are none that could be sent */
function asTensors(output: unknown, model: string): TensorMap {
  if (typeof output !== 'object' || output === null || !Object.values(output).every(isTensor)) {
    throw new HttpError(
      501,
      `Model "${model}" does not give tensors by name; it can be run by POST /models/${model}/run.`,
    );
  }
  for (const [name, tensor] of Object.entries(output)) {
    const fault = tensorFault(tensor);
    if (fault !== undefined)
      throw new HttpError(500, `Model "${model}" gave a malformed output "${name.slice(0, 60)}": ${fault}.`);
  }
  return output as TensorMap;
}

function isTensor(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value
  );
}

/** @throws HttpError 400 where an output was asked for that the model does not have */
function chosen({ outputs }: ParsedInferRequest, all: TensorMap, model: string): TensorMap {
  if (outputs === undefined) return all;
  return Object.fromEntries(
    outputs.map(({ name }) => {
      const tensor = Object.hasOwn(all, name) ? all[name] : undefined;
      if (tensor !== undefined) return [name, tensor];
      throw new HttpError(
        400,
        `Model "${model}" has no output "${name.slice(0, 60)}"; it has ${Object.keys(all).join(', ')}.`,
      );
    }),
  );
}
