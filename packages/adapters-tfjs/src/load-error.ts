import { messageOf, WarmsetError } from '@warmset/registry/adapter';

/** Failures that may pass: too many files open, a network away, no memory just now. */
const PASSING = /EMFILE|ENFILE|EIO|EAGAIN|EBUSY|ESTALE|ETIMEDOUT|ENOMEM|out of memory|its IOHandler failed/i;

/** `ERR_LOAD_FAILED` that names the model's path and the reason, around the original error. */
export function loadFailed(path: string, cause: unknown, modelName?: string): WarmsetError {
  const reason = reasonOf(messageOf(cause));
  const prefix = modelName === undefined ? 'Cannot' : `Model "${modelName}": cannot`;
  return new WarmsetError('ERR_LOAD_FAILED', `${prefix} load ${shownPath(path)}: ${reason}.`, {
    modelName,
    cause,
    // A file that is no model now is none in a second.
    retriable: PASSING.test(reason) ? undefined : false,
  });
}

/** Of a path too long to show, its end. */
function shownPath(path: string): string {
  return path.length > 300 ? `…${path.slice(-300)}` : path;
}

/** One line: TensorFlow adds the node it was at on lines of its own. */
function reasonOf(message: string): string {
  return message
    .replace(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 500);
}
