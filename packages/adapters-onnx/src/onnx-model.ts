import type { ModelDefinition, ModelSignature, PortableSource, TensorMap } from '@warmset/registry';
import { adapterModule } from '@warmset/registry/adapter';
import { upperBoundBytes } from './estimate.js';
import { loadFailed } from './load-error.js';
import { readFacts } from './model-facts.js';
import { type ModelSource, modelSource } from './model-source.js';
import { loadSession, type OnnxModel } from './onnx-session.js';
import { checkOptions, type OnnxModelOptions } from './options.js';
import { runSession } from './run.js';
import { warmRuntime } from './warm-runtime.js';

/**
 * An ONNX model, loaded by `onnxruntime-node` on first use. It takes and gives tensors by name.
 *
 * ```ts
 * const registry = new ModelRegistry({ models: { heart: onnxModel({ path: 'models/heart.onnx' }) } });
 * const { risk } = await registry.run('heart', { x: { dtype: 'float32', shape: [1, 13], data } });
 * ```
 *
 * Whether the file is there and is ONNX is found out before another model is evicted for it. The runtime gives no count
 * of the bytes it holds, so there is no `measureBytes`: the figure is the process's, or the estimate.
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` where an option is not usable
 */
export function onnxModel(options: OnnxModelOptions): ModelDefinition<OnnxModel, TensorMap, TensorMap> {
  checkOptions(options);
  const {
    path: _path,
    bytes: _bytes,
    ort: _ort,
    sessionOptions: _sessionOptions,
    estimateBytes,
    ...common
  } = options;
  const source = modelSource(options);
  const portable = portableSource(source, options);
  return {
    ...common,
    async estimateBytes(about) {
      const facts = await readFacts(source, options).catch((cause) => {
        throw loadFailed(source, cause);
      });
      if (typeof estimateBytes === 'function') return estimateBytes();
      // Elsewhere the allocator is not glibc's, and nothing was measured.
      const isTrimmed = about?.isolation === 'process' && process.platform === 'linux';
      return estimateBytes ?? upperBoundBytes(facts, isTrimmed);
    },
    load: (context) => loadSession(source, options, context),
    run: runSession,
    dispose,
    describe,
    describeRuntime,
    // What is portable has no runtime of the application's own.
    ...(portable !== undefined && { portable, startRuntime: warmRuntime }),
  };
}

// Shared by all definitions: a registry may hold a hundred thousand of them.
const released = new WeakSet<OnnxModel>();

async function dispose(model: OnnxModel): Promise<void> {
  // ORT throws at a second release.
  if (released.has(model)) return;
  released.add(model);
  await model.session.release();
}

function describe({ signature }: OnnxModel): ModelSignature {
  return signature;
}

function describeRuntime({ runtime, omittedOutputs }: OnnxModel): string {
  return omittedOutputs.length === 0
    ? runtime
    : `${runtime}; outputs not served: ${omittedOutputs.join(', ')}`;
}

/** What another thread or process needs to load the same model; none where functions or a runtime were handed in. */
function portableSource(
  source: ModelSource,
  { ort, warmup, sessionOptions }: OnnxModelOptions,
): PortableSource | undefined {
  if (ort !== undefined || warmup !== undefined || !isCloneable(sessionOptions)) return undefined;
  return {
    module: adapterModule('@warmset/adapters-onnx', import.meta.url),
    export: 'onnxModel',
    options: { ...source, ...(sessionOptions !== undefined && { sessionOptions }) },
  };
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
