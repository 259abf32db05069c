import { messageOf, WarmsetError } from '@warmset/registry/adapter';
import { type ModelSource, sourceName } from './model-source.js';

/** Failures that may pass: too many files open, a network disk away, no memory just now. */
const PASSING = /EMFILE|ENFILE|EIO|EAGAIN|EBUSY|ESTALE|ETIMEDOUT|ENOMEM|bad_alloc|failed to allocate/i;

/** `ERR_LOAD_FAILED` that names the model's file and the reason, around the original error. */
export function loadFailed(source: ModelSource, cause: unknown, modelName?: string): WarmsetError {
  const reason = reasonOf(messageOf(cause));
  const prefix = modelName === undefined ? 'Cannot' : `Model "${modelName}": cannot`;
  return new WarmsetError('ERR_LOAD_FAILED', `${prefix} load ${sourceName(source)}: ${reason}.`, {
    modelName,
    cause,
    // A file that is no model now is none in a second.
    retriable: PASSING.test(reason) ? undefined : false,
  });
}

/** ONNX element types that onnxruntime-node has no JavaScript array for, by their number. */
const UNSUPPORTED_TYPES: Readonly<Record<string, string>> = {
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  23: 'float4e2m1',
};

/**
 * The reason in a message of ONNX Runtime, which puts the path, the source file and the C++ signature before it:
 * `Load model from /m.onnx failed:/onnxruntime_src/…/model.cc:197 onnxruntime::Model::Model(…) Missing model IR version.`
 */
export function reasonOf(message: string): string {
  const text = message.replace(/^Load model (?:from )?.*? failed[:.]\s*/s, '');
  const at = /\S+\.(?:cc|h):\d+ (?=\S+)/.exec(text);
  const reason =
    at === null ? text : text.slice(0, at.index) + afterSignature(text.slice(at.index + at[0].length));
  const type = /^Unsupported data type: (\d+)$/.exec(reason)?.[1];
  if (type !== undefined) {
    return `one of its inputs or outputs is of type ${UNSUPPORTED_TYPES[type] ?? type}, which onnxruntime-node has no array for`;
  }
  return reason.trim().replace(/\.$/, '');
}

/** Drops `void ns::f(const std::map<…>&, int) const [with T = float] `, which ends at its outermost parenthesis. */
function afterSignature(text: string): string {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    if (text[index] !== ')') continue;
    depth -= 1;
    const rest = text.slice(index + 1);
    if (depth === 0 && /^ \S/.test(rest)) return rest.replace(/^ (?:const )?(?:\[with [^\]]*\] )?/, '');
  }
  // No parameters: a bare function name, as in `tensorprotoutils.cc:434 ValidateExternalDataPathFromDir Absolute path …`.
  return text.replace(/^\w+ /, '');
}
