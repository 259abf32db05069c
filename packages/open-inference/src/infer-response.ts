import type { TensorMap } from '@warmset/registry/adapter';
import { type EncodedMessage, encodeTensors } from './encode.js';
import { readId } from './infer-request.js';
import { splitBody } from './json-body.js';
import { type CodecLimits, withDefaults } from './limits.js';
import type { Parameters } from './messages.js';
import { readParameters, readTensors } from './read-tensors.js';

/** What an answer says besides its outputs. */
export interface InferResponseFacts {
  readonly modelName: string;
  readonly modelVersion?: string | undefined;
  /** The request's own. */
  readonly id?: string | undefined;
  readonly parameters?: Parameters | undefined;
}

/** An answer, read. */
export interface ParsedInferResponse {
  /** `undefined` where a server leaves it out. */
  readonly modelName: string | undefined;
  readonly modelVersion: string | undefined;
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly outputs: TensorMap;
}

/**
 * Writes the answer to `POST …/infer`.
 *
 * @param outputs tensors as adapters give them
 * @param wantsBinary whether an output goes as bytes after the JSON; default: none
 * @throws WarmsetError `ERR_INPUT_INVALID` where an output cannot travel as it was asked for: `float16` in JSON, text that is
 * no Unicode as bytes
 */
export function formatInferResponse(
  { modelName, modelVersion, id, parameters }: InferResponseFacts,
  outputs: TensorMap,
  wantsBinary: (output: string) => boolean = () => false,
): EncodedMessage {
  return encodeTensors('outputs', outputs, wantsBinary, {
    model_name: modelName,
    ...(modelVersion !== undefined && { model_version: modelVersion }),
    ...(id !== undefined && { id }),
    ...(parameters !== undefined && { parameters }),
  });
}

/**
 * Reads the answer to `POST …/infer`. Tensors whose bytes lie as their arrays need them are views of `body`.
 *
 * @param headerLength what {@link parseHeaderLength} made of the answer's header
 * @throws WarmsetError `ERR_INPUT_INVALID` that says which tensor or field, what was expected and what came
 */
export function parseInferResponse(
  body: Uint8Array,
  headerLength: number | undefined,
  limits?: Partial<CodecLimits>,
): ParsedInferResponse {
  const most = withDefaults(limits);
  const { json, binary } = splitBody('Answer', body, headerLength, most);
  return {
    modelName: text(json.model_name),
    modelVersion: text(json.model_version),
    id: readId(json.id),
    parameters: readParameters('Answer', json.parameters) ?? {},
    outputs: readTensors('outputs', json.outputs, binary, most).tensors,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
