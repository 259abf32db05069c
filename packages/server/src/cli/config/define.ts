import type { ModelDefinition, RegistryOptions } from '@warmset/registry';
import type { NodeServerOptions } from '../../mounts/node.js';

/** A model by its file: which adapter loads it is told by the name, as `warmset serve ./models` does. */
export interface ModelFile {
  /** A `.onnx`, `model.json`, `.h5` or `.keras` file, or a SavedModel's folder; relative to the config file. */
  path: string;
  /** The adapter's own options. */
  [option: string]: unknown;
}

/**
 * What `warmset serve warmset.config.ts` takes: the models, the options of `new ModelRegistry` and of `createServer`, and
 * where to listen.
 */
export interface WarmsetConfig extends Omit<RegistryOptions, 'models'>, NodeServerOptions {
  /**
   * Models by name: definitions, files, or paths of files; or the path of a folder whose models are all served. Paths
   * written here are relative to the config file; those given to an adapter's function, to the working directory.
   */
  models: string | Record<string, ModelDefinition | ModelFile | string>;
  /** Default 8080; 0 is any free one. */
  port?: number;
  /** Default `127.0.0.1`: this machine only. */
  host?: string;
  /** Milliseconds that accepted requests have when the server is told to stop. Default 25 000. */
  shutdownTimeoutMs?: number;
}

/** Gives a config its types. It adds nothing: any object of this shape is a config. */
export function defineConfig(config: WarmsetConfig): WarmsetConfig {
  return config;
}
