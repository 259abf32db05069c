import { describeValue, WarmsetError } from '@warmset/registry/adapter';

/** `ERR_INPUT_INVALID` that says where, what was expected and what came. */
export function invalid(where: string, expected: string, got: unknown): WarmsetError {
  return refused(`${where}: expected ${expected}, got ${describeValue(got)}.`);
}

/** `ERR_INPUT_INVALID` in words of one's own. */
export function refused(message: string): WarmsetError {
  return new WarmsetError('ERR_INPUT_INVALID', message, { retriable: false });
}
