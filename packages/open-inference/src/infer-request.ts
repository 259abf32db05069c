import { describeValue, type TensorMap } from '@warmset/registry/adapter';
import { type EncodedMessage, encodeTensors } from './encode.js';
import { invalid } from './invalid.js';
import { splitBody } from './json-body.js';
import { type CodecLimits, withDefaults } from './limits.js';
import type { Parameters, RequestedOutput } from './messages.js';
import { namedItems, readParameters, readTensors } from './read-tensors.js';

/** A request to infer, read. */
export interface ParsedInferRequest {
  readonly id: string | undefined;
  readonly parameters: Parameters;
  readonly inputs: TensorMap;
  /** Of those inputs that have any. */
  readonly inputParameters: Readonly<Record<string, Parameters>>;
  /** `undefined`: all of the model's. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Whether the client wants this output's data as bytes after the JSON. */
  wantsBinary(output: string): boolean;
}

/**
 * Reads the body of `POST …/infer`. Tensors whose bytes lie as their arrays need them are views of `body`: leave it as
 * it is.
 *
 * @param headerLength what {@link parseHeaderLength} made of the request's header
 * @throws WarmsetError `ERR_INPUT_INVALID` that says which tensor or field, what was expected and what came
 */
export function parseInferRequest(
  body: Uint8Array,
  headerLength: number | undefined,
  limits?: Partial<CodecLimits>,
): ParsedInferRequest {
  const most = withDefaults(limits);
  const { json, binary } = splitBody('Request body', body, headerLength, most);
  const parameters = readParameters('Request', json.parameters) ?? {};
  const { tensors, parameters: inputParameters } = readTensors('inputs', json.inputs, binary, most);
  const outputs = readOutputs(json.outputs, most);
  const all = flag('Request', parameters, 'binary_data_output') ?? false;
  const single = new Map(
    outputs?.map(({ name, parameters: own }) => [name, flag(outputLabel(name), own, 'binary_data') ?? all]),
  );
  return {
    id: readId(json.id),
    parameters,
    inputs: tensors,
    inputParameters,
    outputs,
    wantsBinary: (output) => single.get(output) ?? all,
  };
}

/** No list, and an empty one, mean all of the model's outputs. */
function readOutputs(list: unknown, limits: CodecLimits): RequestedOutput[] | undefined {
  if (list === undefined || list === null) return undefined;
  const outputs = namedItems('outputs', list, limits).map(({ name, parameters }) => {
    const own = readParameters(outputLabel(name), parameters);
    return own === undefined ? { name } : { name, parameters: own };
  });
  return outputs.length === 0 ? undefined : outputs;
}

function outputLabel(name: string): string {
  return `Requested output ${describeValue(name)}`;
}

function flag(where: string, parameters: Parameters | undefined, name: string): boolean | undefined {
  const value = parameters?.[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(`${where}, parameters.${name}`, 'true or false', value);
}

/** A request's id, which is echoed. */
export function readId(id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'string') throw invalid('Field id', 'a string', id);
  return id;
}

/** What a request says besides its inputs. */
export interface InferRequestFacts {
  readonly id?: string | undefined;
  readonly parameters?: Parameters | undefined;
  /** Left out: all of the model's. */
  readonly outputs?: readonly string[] | undefined;
  /** Inputs as bytes after the JSON, and the same asked of the outputs. Default: `true`. */
  readonly binary?: boolean | undefined;
}

/**
 * Writes the body of `POST …/infer`.
 *
 * @param inputs as `checkInputs` of the registry lets them pass
 * @throws WarmsetError `ERR_INPUT_INVALID` where an input cannot travel so: `float16` in JSON, text that is no Unicode as bytes
 */
export function formatInferRequest(
  { id, parameters, outputs, binary = true }: InferRequestFacts,
  inputs: TensorMap,
): EncodedMessage {
  const all = { ...parameters, ...(binary && { binary_data_output: true }) };
  return encodeTensors('inputs', inputs, () => binary, {
    ...(id !== undefined && { id }),
    ...(Object.keys(all).length > 0 && { parameters: all }),
    ...(outputs !== undefined && {
      outputs: outputs.map((name) => (binary ? { name, parameters: { binary_data: true } } : { name })),
    }),
  });
}
