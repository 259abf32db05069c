import { isDType, type LoadContext, type ModelSignature, type TensorSpec } from '@warmset/registry/adapter';
import type { InferenceSession } from 'onnxruntime-node';
import { loadFailed } from './load-error.js';
import { readFacts } from './model-facts.js';
import type { ModelSource } from './model-source.js';
import type { OnnxModelOptions } from './options.js';
import { importRuntime, type OnnxRuntime, runtimeName } from './runtime.js';

/** A loaded model: what `use` and `acquire` hand out. */
export interface OnnxModel {
  /** ONNX Runtime's own session. The registry releases it. */
  readonly session: InferenceSession;
  readonly ort: OnnxRuntime;
  /** Tensor inputs and tensor outputs; −1 is a free dimension. An input in {@link unrankedInputs} has the shape `[]`. */
  readonly signature: ModelSignature;
  /** Inputs that take a tensor of any rank. */
  readonly unrankedInputs: ReadonlySet<string>;
  /** Outputs that are not tensors (sequences, maps, optionals) or of a type without an array: not served. */
  readonly omittedOutputs: readonly string[];
  /** E.g. `onnxruntime-node 1.30.0 (cpu)`. */
  readonly runtime: string;
}

/**
 * Makes a session of a model. One that comes after the load was given up is released.
 *
 * @throws WarmsetError `ERR_LOAD_FAILED` naming the file and the reason; `ERR_RUNTIME_MISSING`; the signal's reason
 */
export async function loadSession(
  source: ModelSource,
  options: OnnxModelOptions,
  { name, signal }: LoadContext,
): Promise<OnnxModel> {
  signal.throwIfAborted();
  const ort = options.ort ?? (await importRuntime(name));
  signal.throwIfAborted();
  const session = await createSession(ort, source, options).catch((cause) => {
    throw loadFailed(source, cause, name);
  });
  try {
    signal.throwIfAborted();
    checkAge(session, ort);
    const unrankedInputs = await findUnranked(session, source, options);
    const signature = signatureOf(session);
    const served = new Set(signature.outputs.map((output) => output.name));
    return {
      session,
      ort,
      signature,
      unrankedInputs,
      omittedOutputs: session.outputNames.filter((output) => !served.has(output)),
      runtime: runtimeName(ort, options.sessionOptions),
    };
  } catch (cause) {
    await session.release();
    throw signal.aborted ? cause : loadFailed(source, cause, name);
  }
}

function createSession(
  ort: OnnxRuntime,
  source: ModelSource,
  { sessionOptions }: OnnxModelOptions,
): Promise<InferenceSession> {
  // ORT reads a file without a copy of it in JavaScript's memory, and finds its external data beside it.
  return 'path' in source
    ? ort.InferenceSession.create(source.path, sessionOptions)
    : ort.InferenceSession.create(source.bytes, sessionOptions);
}

/** @throws Error where the runtime is from before sessions described their inputs and outputs */
function checkAge(session: { inputMetadata?: unknown }, ort: OnnxRuntime): void {
  if (session.inputMetadata !== undefined) return;
  const version = runtimeName(ort, undefined);
  throw new Error(`${version} is too old, 1.22 is needed: run npm install onnxruntime-node@latest`);
}

/** The runtime gives an input of any rank the shape of a scalar, `[]`: only the file tells one from the other. */
async function findUnranked(
  session: InferenceSession,
  source: ModelSource,
  options: OnnxModelOptions,
): Promise<ReadonlySet<string>> {
  const rankless = session.inputMetadata.filter((input) => input.isTensor && input.shape.length === 0);
  if (rankless.length === 0) return new Set();
  const { unrankedInputs } = await readFacts(source, options);
  const names = rankless.map((input) => input.name);
  return new Set(unrankedInputs === undefined ? names : names.filter((name) => unrankedInputs.has(name)));
}

/** @throws Error where nothing could be handed in, or nothing would come out */
function signatureOf(session: InferenceSession): ModelSignature {
  const inputs = session.inputMetadata.map((input) => {
    const spec = tensorSpec(input);
    if (spec !== undefined) return spec;
    const what = input.isTensor ? `of type ${input.type}` : 'a sequence, map or optional';
    throw new Error(
      `its input "${input.name}" is ${what}; only tensors of the types in the documentation can be handed in`,
    );
  });
  const outputs = session.outputMetadata.map(tensorSpec).filter((spec) => spec !== undefined);
  if (outputs.length === 0) {
    throw new Error(
      `none of its outputs (${session.outputNames.join(', ')}) is a tensor that could be handed out`,
    );
  }
  return { inputs, outputs };
}

/** `undefined` for what is no tensor, or of a type without an array: `int4` and `uint4`, whose outputs crash Node if fetched. */
function tensorSpec(value: InferenceSession.ValueMetadata): TensorSpec | undefined {
  if (!value.isTensor || !isDType(value.type)) return undefined;
  return {
    name: value.name,
    dtype: value.type,
    shape: value.shape.map((size) => (typeof size === 'number' ? size : -1)),
  };
}
