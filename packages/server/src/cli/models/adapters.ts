import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelDefinition } from '@warmset/registry';
import { WarmsetError } from '@warmset/registry/adapter';
import type { ModelKind } from './find-models.js';

/** Makes a definition of a model's options, `path` among them. */
export type Factory = (options: Record<string, unknown>) => ModelDefinition;

interface Adapter {
  readonly package: string;
  /** The function of the package that makes a definition. */
  readonly export: string;
  /** Packages of which it needs one to load anything. */
  readonly runtimes: readonly string[];
  readonly install: string;
}

const TFJS = '@warmset/adapters-tfjs';
const TFJS_RUNTIMES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs'];

const ADAPTERS: Readonly<Record<ModelKind, Adapter>> = {
  onnx: {
    package: '@warmset/adapters-onnx',
    export: 'onnxModel',
    runtimes: ['onnxruntime-node'],
    install: 'npm install @warmset/adapters-onnx onnxruntime-node',
  },
  tfjs: {
    package: TFJS,
    export: 'tfjsModel',
    runtimes: TFJS_RUNTIMES,
    install: `npm install ${TFJS} @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`,
  },
  keras: {
    package: TFJS,
    export: 'kerasModel',
    runtimes: TFJS_RUNTIMES,
    install: `npm install ${TFJS}@latest @tensorflow/tfjs @tensorflow/tfjs-backend-wasm`,
  },
  'saved-model': {
    package: TFJS,
    export: 'savedModel',
    runtimes: ['@tensorflow/tfjs-node'],
    install: `npm install ${TFJS} @tensorflow/tfjs-node`,
  },
};

/**
 * Imports the adapters that are needed, each once, from the user's project or from beside this package. Runtimes are
 * looked for, and not imported.
 */
export class Adapters {
  readonly #places: readonly NodeJS.Require[];
  readonly #modules = new Map<string, Promise<Record<string, unknown>>>();

  /** @param folders where to look before this package's own surroundings: the config's, the working directory */
  constructor(folders: readonly string[]) {
    this.#places = [...folders.map((folder) => join(folder, 'warmset.js')), import.meta.url].map(
      createRequire,
    );
  }

  /** @throws WarmsetError `ERR_RUNTIME_MISSING`, with the install command */
  async factory(kind: ModelKind, modelName: string): Promise<Factory> {
    const adapter = ADAPTERS[kind];
    const file = this.#find(adapter.package);
    if (file === undefined) throw missing(modelName, adapter, `${adapter.package}, which is not installed`);
    const exported = await this.#import(file);
    const factory = exported[adapter.export];
    if (typeof factory !== 'function') {
      throw missing(
        modelName,
        adapter,
        `${adapter.export}() of ${adapter.package}, which the installed version has not got`,
      );
    }
    // As the adapter sees it, which in a pnpm project has packages of its own.
    const adapters = createRequire(await realpath(file));
    if (!adapter.runtimes.some((name) => resolveIn(adapters, name) !== undefined)) {
      throw missing(modelName, adapter, `${adapter.runtimes.join(' or ')}, which is not installed`);
    }
    return factory as Factory;
  }

  /** The packages are ESM with a `default` condition, so `require` finds the same file that `import` would. */
  #find(packageName: string): string | undefined {
    for (const place of this.#places) {
      const file = resolveIn(place, packageName);
      if (file !== undefined) return file;
    }
    return undefined;
  }

  #import(file: string): Promise<Record<string, unknown>> {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const importing: Promise<Record<string, unknown>> = import(pathToFileURL(file).href);
    this.#modules.set(file, importing);
    return importing;
  }
}

function missing(modelName: string, { install }: Adapter, what: string): WarmsetError {
  return new WarmsetError('ERR_RUNTIME_MISSING', `Model "${modelName}" needs ${what}. Run: ${install}`, {
    modelName,
    retriable: false,
  });
}

function resolveIn(require: NodeJS.Require, packageName: string): string | undefined {
  try {
    return require.resolve(packageName);
  } catch {
    return undefined;
  }
}
