import type { ModelDefinition, TensorMap } from '@warmset/registry';
import { loadRemote } from './load.js';
import type { RemoteModel } from './model.js';
import { checkOptions, type RemoteModelOptions } from './options.js';
import { targetOf } from './target.js';

/**
 * A model on an Open Inference Protocol V2 server: Warmset's own, Triton, KServe, MLServer, OpenVINO Model Server. It takes
 * and gives tensors by name.
 *
 * ```ts
 * const registry = new ModelRegistry({ models: { heart: remoteModel({ url: 'http://10.0.0.7:8000', model: 'heart' }) } });
 * const { risk } = await registry.run('heart', { x: { dtype: 'float32', shape: [1, 13], data } });
 * ```
 *
 * It takes nothing of this process's budget, so nothing is evicted for it. A run is sent again only where nothing of it
 * was sent.
 *
 * @throws WarmsetError `ERR_MODEL_INVALID` where an option is not usable
 */
export function remoteModel(options: RemoteModelOptions): ModelDefinition<RemoteModel, TensorMap, TensorMap> {
  checkOptions(options);
  const {
    url: _url,
    socketPath: _socketPath,
    model: _model,
    version: _version,
    token: _token,
    headers: _headers,
    timeoutMs: _timeoutMs,
    connectTimeoutMs: _connectTimeoutMs,
    connections: _connections,
    retries: _retries,
    maxResponseBytes: _maxResponseBytes,
    binary: _binary,
    ...common
  } = options;
  const target = targetOf(options);
  return {
    ...common,
    // Its memory is the server's.
    estimateBytes: 0,
    measureBytes: () => 0,
    load: (context) => loadRemote(target, context),
    run: (model, inputs, { signal }) => model.run(inputs, { signal }),
    dispose: (model) => model.close(),
    describe: (model) => model.signature,
    describeRuntime: (model) => model.runtime,
  };
}
