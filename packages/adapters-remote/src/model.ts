import {
  formatInferRequest,
  HEADER_LENGTH,
  parseHeaderLength,
  parseInferResponse,
} from '@warmset/open-inference';
import type { ModelSignature, TensorMap } from '@warmset/registry';
import { checkInputs, isDType, WarmsetError } from '@warmset/registry/adapter';
import type { Connection } from './connection.js';
import type { HttpAnswer } from './exchange.js';
import { refusedBy, unreadable } from './failures.js';

export interface ModelFacts {
  readonly connection: Connection;
  /** Of the model on the server. */
  readonly path: string;
  readonly signature: ModelSignature;
  readonly runtime: string;
  readonly binary: boolean;
  readonly retries: number;
}

/** A model on a server: what `use` and `acquire` hand out. */
export class RemoteModel {
  /** As the server's metadata has it; without inputs where the server does not tell them. */
  readonly signature: ModelSignature;
  /** E.g. `Open Inference Protocol (onnx_onnxv1)`. */
  readonly runtime: string;
  readonly #facts: ModelFacts;
  #closing: Promise<void> | undefined;

  constructor(facts: ModelFacts) {
    this.signature = facts.signature;
    this.runtime = facts.runtime;
    this.#facts = facts;
  }

  /**
   * Runs one request on the server. The inputs are checked before they are sent; leave them as they are until the promise
   * settles.
   *
   * @throws WarmsetError `ERR_INPUT_INVALID`; the server's own error; `ERR_RUN_FAILED` where there is no connection or the
   * answer is none; `ERR_MODEL_CRASHED` where the connection ends before the answer; `ERR_TIMEOUT`; the signal's reason
   */
  async run(
    inputs: TensorMap,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<TensorMap> {
    const { connection, path, binary, retries } = this.#facts;
    signal?.throwIfAborted();
    checkInputs(expected(this.signature, inputs), inputs, connection.origin.modelName);
    const { body, headers } = formatInferRequest({ binary }, inputs);
    const answer = await connection.request(
      { method: 'POST', path: `${path}/infer`, headers, body },
      { signal, retries },
    );
    if (answer.status !== 200) throw refusedBy(answer, connection.origin);
    return outputsOf(answer, connection);
  }

  /** Closes the connections once what is under way has ended. The registry does. */
  close(): Promise<void> {
    this.#closing ??= this.#facts.connection.close();
    return this.#closing;
  }
}

/** What the server tells of the inputs; where it tells nothing, that they are tensors, whichever. */
function expected(signature: ModelSignature, inputs: TensorMap): ModelSignature {
  if (signature.inputs.length > 0 || typeof inputs !== 'object' || inputs === null) return signature;
  const given = Object.entries(inputs).map(([name, tensor]) => ({
    name,
    dtype: isDType(tensor?.dtype) ? tensor.dtype : 'float32',
    shape: Array.isArray(tensor?.shape) ? tensor.shape.map(() => -1) : [-1],
  }));
  return { inputs: given, outputs: [] };
}

function outputsOf({ headers, body }: HttpAnswer, { origin }: Connection): TensorMap {
  try {
    const headerLength = parseHeaderLength(headers[HEADER_LENGTH]?.toString());
    return parseInferResponse(body, headerLength).outputs;
  } catch (cause) {
    throw cause instanceof WarmsetError ? unreadable(cause, origin) : cause;
  }
}
