import { fileURLToPath } from 'node:url';
import type { ModelDefinition } from '@warmset/registry';
import { describeValue, WarmsetError } from '@warmset/registry/adapter';
import type { InferenceSession } from 'onnxruntime-node';
import type { OnnxModel } from './onnx-session.js';
import type { OnnxRuntime } from './runtime.js';

type RegistryOptions = Pick<
  ModelDefinition<OnnxModel>,
  'pinned' | 'idleTimeoutMs' | 'maxConcurrency' | 'maxQueue' | 'loadTimeoutMs' | 'metadata' | 'warmup'
>;

interface SharedOptions extends RegistryOptions {
  /** ONNX Runtime's own, handed on as they are. */
  sessionOptions?: InferenceSession.SessionOptions;
  /** Bytes to reserve before loading, where you know better than the upper bound that is read from the file. */
  estimateBytes?: number | (() => number | Promise<number>);
  /** The runtime to use instead of the installed `onnxruntime-node`. */
  ort?: OnnxRuntime;
}

/** What {@link onnxModel} takes: `path` or `bytes`, and what else is known. */
export type OnnxModelOptions = SharedOptions &
  (
    | {
        /** The `.onnx` or `.ort` file; a relative path starts at `process.cwd()` as it is when the model is defined. */
        path: string | URL;
        bytes?: never;
      }
    | {
        /** The content of an `.onnx` or `.ort` file. Not copied: leave it as it is. It stays in memory while the model is registered. */
        bytes: Uint8Array | ArrayBuffer;
        path?: never;
      }
  );

type OptionName = keyof SharedOptions | 'path' | 'bytes';

/** What each option must be. Ranges of the registry's own options are the registry's to check, when a model is registered. */
const RULES: Readonly<Record<OptionName, { readonly expected: string; accepts(value: unknown): boolean }>> = {
  path: { expected: 'a file path or a file: URL', accepts: isFilePath },
  bytes: { expected: 'a non-shared Uint8Array or ArrayBuffer', accepts: isBytes },
  sessionOptions: { expected: 'an object of ONNX Runtime session options', accepts: isPlain },
  estimateBytes: {
    expected: 'a number of bytes ≥ 0, or a function that gives one',
    accepts: (value) => typeof value === 'function' || (Number.isFinite(value) && (value as number) >= 0),
  },
  ort: {
    expected: 'the onnxruntime-node module, with InferenceSession and Tensor',
    accepts: (value) => isObject(value) && isObject(value.InferenceSession) && isObject(value.Tensor),
  },
  pinned: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  idleTimeoutMs: { expected: 'a number of milliseconds', accepts: isNumber },
  maxConcurrency: { expected: 'a number', accepts: isNumber },
  maxQueue: { expected: 'a number', accepts: isNumber },
  loadTimeoutMs: { expected: 'a number of milliseconds', accepts: isNumber },
  metadata: { expected: 'an object', accepts: isPlain },
  warmup: { expected: 'a function', accepts: (value) => typeof value === 'function' },
};

/** @throws WarmsetError `ERR_MODEL_INVALID` that names the option, what came and what would be right. */
export function checkOptions(options: unknown): asserts options is OnnxModelOptions {
  if (!isPlain(options)) {
    throw invalid(`takes an object such as { path: 'model.onnx' }, got ${describeValue(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      throw invalid(`has no option ${describeValue(name)}; it takes ${Object.keys(RULES).join(', ')}`);
    }
    const rule = RULES[name as OptionName];
    if (value !== undefined && !rule.accepts(value)) {
      throw invalid(
        `option "${name}" must be ${rule.expected}, got ${describeValue(value instanceof URL ? value.href : value)}`,
      );
    }
  }
  const { path, bytes } = options;
  if (path === undefined && bytes === undefined) {
    throw invalid(`needs "path" or "bytes", got neither`);
  }
  if (path !== undefined && bytes !== undefined) {
    throw invalid(`takes "path" or "bytes", got both; leave one out`);
  }
}

function invalid(text: string): WarmsetError {
  return new WarmsetError('ERR_MODEL_INVALID', `onnxModel() ${text}.`, { retriable: false });
}

function isFilePath(value: unknown): boolean {
  if (value instanceof URL) return isFileUrl(value);
  // A download would be neither retried nor cached here.
  if (typeof value !== 'string' || value === '' || /^https?:\/\//i.test(value)) return false;
  return value.startsWith('file://') ? isFileUrl(value) : hasNoNul(value);
}

function isFileUrl(url: URL | string): boolean {
  try {
    return hasNoNul(fileURLToPath(url));
  } catch {
    // Another protocol, another host, or a slash in disguise.
    return false;
  }
}

/** In native code a NUL would end the path early. */
function hasNoNul(path: string): boolean {
  return !path.includes('\0');
}

/** The runtime takes no shared memory. */
function isBytes(value: unknown): boolean {
  return value instanceof ArrayBuffer || (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value);
}
