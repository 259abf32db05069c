import util from 'node:util';

/** The packages that can run a model. Nothing is imported before one is called. */
export interface Packages {
  tfjsNode(): Promise<unknown>;
  tfjs(): Promise<unknown>;
  wasm(): Promise<unknown>;
}

export const installedPackages: Packages = {
  async tfjsNode() {
    // With oneDNN an input of the wrong rank to a convolution aborts the process instead of throwing
    // (docs/adapters/tfjs.md). TensorFlow reads this once, when its library is loaded.
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '0';
    restoreUtil(util);
    return commonJs(await import('@tensorflow/tfjs-node'));
  },
  tfjs: async () => commonJs(await import('@tensorflow/tfjs')),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
};

/** Node finds most names of a CommonJS module, not those that it re-exports at run time: they are in its `default`. */
function commonJs(imported: object): unknown {
  return 'default' in imported ? imported.default : imported;
}

/** What tfjs-node 4.22 calls in `node:util` that Node 23 no longer has (tensorflow/tfjs#8609). */
const REMOVED = {
  isNullOrUndefined: (value: unknown): boolean => value === null || value === undefined,
  isArray: Array.isArray,
};

export function restoreUtil(target: object): void {
  for (const [name, stand] of Object.entries(REMOVED)) {
    if (!(name in target))
      Object.defineProperty(target, name, { value: stand, configurable: true, writable: true });
  }
}
