import type { ModelDefinition } from '@warmset/registry';
import { describeValue, WarmsetError } from '@warmset/registry/adapter';
import type { RuntimeName } from './runtime/start.js';
import {
  isTensorFlow,
  isTensorFlowNode,
  type TensorFlowNamespace,
  type TensorFlowNodeNamespace,
} from './tensorflow.js';
import type { TfModel } from './tf-model.js';

interface SharedOptions
  extends Pick<
    ModelDefinition<TfModel>,
    'pinned' | 'idleTimeoutMs' | 'maxConcurrency' | 'maxQueue' | 'loadTimeoutMs' | 'metadata' | 'warmup'
  > {
  /** Bytes to reserve before loading, where you know better than the adapter's upper bound. */
  estimateBytes?: number | (() => number | Promise<number>);
}

/** An `IOHandler` of TensorFlow.js, such as `tf.io.http(url)`, for a model that is not in a file. */
export interface TfIOHandler {
  load?: () => unknown;
}

/** What `tfjsModel` takes: `path` or `handler`, and what else is known. */
export type TfjsModelOptions = SharedOptions & {
  /**
   * What runs the model: a TensorFlow.js of yours, as you set it up, or a name. Without it: `tfjs-node` where its native
   * binding loads, else `wasm`, else `cpu`.
   */
  runtime?: RuntimeName | TensorFlowNamespace;
} & (
    | {
        /** The `model.json`; a relative path starts at `process.cwd()` as it is when the model is defined. */
        path: string | URL;
        handler?: never;
      }
    | { handler: TfIOHandler; path?: never }
  );

/** What `savedModel` takes. */
export interface SavedModelOptions extends SharedOptions {
  /** The folder of `saved_model.pb`; a relative path starts at `process.cwd()` as it is when the model is defined. */
  path: string | URL;
  /** Tags of the graph to load. Default `['serve']`. */
  tags?: readonly string[];
  /** Default `serving_default`. */
  signature?: string;
  /** A `@tensorflow/tfjs-node` of yours; without it, the installed one. */
  runtime?: 'tfjs-node' | TensorFlowNodeNamespace;
}

interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0;
const TIME: Rule = { expected: 'milliseconds ≥ 0, or Infinity', accepts: isTime };
const COUNT: Rule = {
  expected: 'a whole number ≥ 0, or Infinity',
  accepts: (value) => isTime(value) && (Number.isInteger(value) || value === Infinity),
};

/** What each option must be. What `maxConcurrency` and its like may be beyond that, the registry says when it takes the model. */
const SHARED: Readonly<Record<keyof SharedOptions, Rule>> = {
  estimateBytes: {
    expected: 'a number of bytes ≥ 0, or a function that gives one',
    accepts: (value) => typeof value === 'function' || (Number.isFinite(value) && (value as number) >= 0),
  },
  pinned: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  idleTimeoutMs: TIME,
  loadTimeoutMs: TIME,
  maxConcurrency: COUNT,
  maxQueue: COUNT,
  metadata: { expected: 'an object', accepts: isRecord },
  warmup: { expected: 'a function', accepts: (value) => typeof value === 'function' },
};

const PATH: Rule = { expected: 'a file path or a file: URL', accepts: isFilePath };
const NAMES: readonly unknown[] = ['tfjs-node', 'wasm', 'cpu'] satisfies RuntimeName[];

const TFJS: Readonly<Record<string, Rule>> = {
  path: PATH,
  handler: {
    expected: 'an IOHandler of TensorFlow.js: an object with a load() function',
    accepts: (value) => isRecord(value) && typeof value.load === 'function',
  },
  runtime: {
    expected: `'tfjs-node', 'wasm', 'cpu' or a TensorFlow.js 4 namespace`,
    accepts: (value) => NAMES.includes(value) || isTensorFlow(value),
  },
  ...SHARED,
};

const SAVED: Readonly<Record<string, Rule>> = {
  path: PATH,
  tags: {
    expected: 'a list of texts',
    accepts: (value) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
  },
  signature: { expected: 'a name', accepts: (value) => typeof value === 'string' && value !== '' },
  runtime: {
    expected: `'tfjs-node' or a @tensorflow/tfjs-node namespace`,
    accepts: (value) => value === 'tfjs-node' || isTensorFlowNode(value),
  },
  ...SHARED,
};

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function checkTfjsOptions(options: unknown): asserts options is TfjsModelOptions {
  check('tfjsModel', TFJS, options, `{ path: 'model/model.json' }`);
  const { path, handler } = options as { path?: unknown; handler?: unknown };
  if (path === undefined && handler === undefined)
    throw invalid('tfjsModel', 'needs "path" or "handler", got neither');
  if (path !== undefined && handler !== undefined) {
    throw invalid('tfjsModel', 'takes "path" or "handler", got both; leave one out');
  }
}

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function checkSavedModelOptions(options: unknown): asserts options is SavedModelOptions {
  check('savedModel', SAVED, options, `{ path: 'saved_model' }`);
  if ((options as { path?: unknown }).path === undefined) throw invalid('savedModel', 'needs "path"');
}

function check(
  factory: string,
  rules: Readonly<Record<string, Rule>>,
  options: unknown,
  example: string,
): void {
  if (!isRecord(options))
    throw invalid(factory, `takes an object such as ${example}, got ${describeValue(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      throw invalid(
        factory,
        `has no option ${describeValue(name)}; it takes ${Object.keys(rules).join(', ')}`,
      );
    }
    if (value !== undefined && !rule.accepts(value)) {
      const came = describeValue(value instanceof URL ? value.href : value);
      throw invalid(factory, `option "${name}" must be ${rule.expected}, got ${came}`);
    }
  }
}

function invalid(factory: string, text: string): WarmsetError {
  return new WarmsetError('ERR_MODEL_INVALID', `${factory}() ${text}.`, { retriable: false });
}

function isFilePath(value: unknown): boolean {
  if (value instanceof URL) return value.protocol === 'file:';
  // A NUL ends a path early in native code; what is not a file has a handler, which retries and caches as it likes.
  return (
    typeof value === 'string' &&
    value !== '' &&
    !value.includes('\0') &&
    !/^(https?|indexeddb|localstorage):\/\//i.test(value)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}
