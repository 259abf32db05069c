import { modelError } from '../errors.js';

/** What `use` and `acquire` hand out for a model in another thread or process. */
export interface RemoteModel {
  run(input: unknown, options?: { readonly signal?: AbortSignal }): Promise<unknown>;
}

/** Asked for by JavaScript itself, by serializers and by test runners of any object they meet. */
const ASKED_OF_ANYTHING = new Set([
  'then',
  'toJSON',
  'constructor',
  'inspect',
  'nodeType',
  'asymmetricMatch',
  'toString',
  'valueOf',
  '$$typeof',
]);

/** @throws WarmsetError `ERR_MODEL_INVALID` where any member but `run` is read */
export function remoteModel(
  name: string,
  kind: 'thread' | 'process',
  run: (input: unknown, signal: AbortSignal | undefined) => Promise<unknown>,
): RemoteModel {
  const model: RemoteModel = { run: (input, options) => run(input, options?.signal) };
  return new Proxy(model, {
    get(target, key, receiver) {
      if (key === 'run' || typeof key === 'symbol' || ASKED_OF_ANYTHING.has(key)) {
        return Reflect.get(target, key, receiver);
      }
      throw modelError(
        'ERR_MODEL_INVALID',
        name,
        `lives in a ${kind}, so there is no "${key}" here, only \`run(input, { signal })\`. Register it with ` +
          "`isolation: 'inline'` to be handed the runtime's own object.",
      );
    },
  });
}
