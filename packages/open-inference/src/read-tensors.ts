import { describeValue, type Tensor, type TensorMap } from '@warmset/registry/adapter';
import { tensorFromBytes } from './binary-data.js';
import { DATATYPES, isDatatype } from './datatypes.js';
import { invalid, refused } from './invalid.js';
import { isObject } from './json-body.js';
import { tensorFromJson } from './json-data.js';
import type { CodecLimits } from './limits.js';
import type { Parameters } from './messages.js';
import { checkShape } from './shape.js';

/** The tensors of a message, by name. */
export interface ReadTensors {
  readonly tensors: TensorMap;
  /** Of those that have any. */
  readonly parameters: Readonly<Record<string, Parameters>>;
}

/**
 * Reads the `inputs` of a request or the `outputs` of an answer; those that travel as bytes take theirs, in order, from
 * what follows the JSON, of which nothing may be left over.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID` that names the tensor
 */
export function readTensors(
  field: 'inputs' | 'outputs',
  list: unknown,
  binary: Uint8Array | undefined,
  limits: CodecLimits,
): ReadTensors {
  const tensors = new Map<string, Tensor>();
  const parameters = new Map<string, Parameters>();
  const section = new BinarySection(binary);
  for (const item of namedItems(field, list, limits)) {
    const where = `${field === 'inputs' ? 'Input' : 'Output'} ${describeValue(item.name)}`;
    const own = readParameters(where, item.parameters);
    if (own !== undefined) parameters.set(item.name, own);
    tensors.set(item.name, readTensor(where, item, own, section, limits));
  }
  section.end(field);
  // Not by assignment, which would take a tensor named `__proto__` for something else.
  return { tensors: Object.fromEntries(tensors), parameters: Object.fromEntries(parameters) };
}

function readTensor(
  where: string,
  { datatype, shape, data: given }: NamedItem,
  parameters: Parameters | undefined,
  section: BinarySection,
  limits: CodecLimits,
): Tensor {
  if (!isDatatype(datatype)) throw invalid(where, `a datatype (${DATATYPES.join(', ')})`, datatype);
  checkShape(where, shape, limits);
  const data = given ?? undefined;
  const size = parameters?.binary_data_size;
  if (size === undefined) {
    if (data === undefined)
      throw refused(`${where}: expected data, or parameters.binary_data_size, got neither.`);
    return tensorFromJson(where, datatype, shape, data);
  }
  if (data !== undefined) throw refused(`${where}: expected data or parameters.binary_data_size, got both.`);
  return tensorFromBytes(where, datatype, shape, section.take(where, size));
}

/** An object of a list, whose name is one. */
export interface NamedItem {
  readonly name: string;
  readonly [key: string]: unknown;
}

/** @throws WarmsetError `ERR_INPUT_INVALID` where it is no list of objects, each with a name of its own */
export function namedItems(field: string, list: unknown, { maxTensors }: CodecLimits): NamedItem[] {
  if (!Array.isArray(list)) throw invalid(`Field ${field}`, 'an array', list);
  if (list.length > maxTensors) throw invalid(`Field ${field}`, `at most ${maxTensors} of them`, list);
  const names = new Set<string>();
  return list.map((item: unknown, index) => {
    const where = `Field ${field}[${index}]`;
    if (!isObject(item)) throw invalid(where, 'an object', item);
    const { name } = item;
    if (typeof name !== 'string' || name === '') throw invalid(`${where}.name`, 'a name', name);
    if (names.has(name))
      throw refused(`${where}.name: expected a name of its own, got ${describeValue(name)} again.`);
    names.add(name);
    return item as NamedItem;
  });
}

/** @throws WarmsetError `ERR_INPUT_INVALID` where they are no object */
export function readParameters(where: string, parameters: unknown): Parameters | undefined {
  // Clients that write out every field of their own write null for what they leave out.
  if (parameters === undefined || parameters === null) return undefined;
  if (!isObject(parameters)) throw invalid(`${where}, parameters`, 'an object', parameters);
  return parameters;
}

const NO_BYTES = new Uint8Array();

/** The bytes after the JSON, handed out from the front. */
class BinarySection {
  readonly #bytes: Uint8Array | undefined;
  #taken = 0;

  constructor(bytes: Uint8Array | undefined) {
    this.#bytes = bytes;
  }

  take(where: string, size: unknown): Uint8Array {
    // KServe's client sends a tensor without elements so, and without the header where there is no other.
    const bytes = this.#bytes ?? (size === 0 ? NO_BYTES : undefined);
    if (bytes === undefined) {
      throw refused(
        `${where}: expected the header inference-header-content-length, since it has parameters.binary_data_size, got none.`,
      );
    }
    const left = bytes.length - this.#taken;
    if (!Number.isSafeInteger(size) || (size as number) < 0) {
      throw invalid(`${where}, parameters.binary_data_size`, 'a number of bytes', size);
    }
    if ((size as number) > left) {
      throw refused(
        `${where}: expected ${size} bytes, as its parameters.binary_data_size says, got ${left}.`,
      );
    }
    const start = this.#taken;
    this.#taken += size as number;
    return bytes.subarray(start, this.#taken);
  }

  /** @throws WarmsetError `ERR_INPUT_INVALID` where bytes are left */
  end(field: string): void {
    const size = this.#bytes?.length ?? 0;
    if (size === this.#taken) return;
    throw refused(`Body: expected ${this.#taken} bytes after the JSON for its ${field}, got ${size}.`);
  }
}
