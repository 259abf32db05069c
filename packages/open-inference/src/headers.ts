import { invalid } from './invalid.js';

/** The length in bytes of the JSON at the beginning of a body that has tensors after it. */
export const HEADER_LENGTH = 'inference-header-content-length';

/** Warmset's own: the `ErrorCode` of an answer that failed, so that a client of ours has the same error again. */
export const ERROR_CODE = 'warmset-error-code';

export const JSON_TYPE = 'application/json';
export const BINARY_TYPE = 'application/octet-stream';

/**
 * The value of {@link HEADER_LENGTH}; `undefined` where there is none.
 *
 * @throws WarmsetError `ERR_INPUT_INVALID` where it is no count of bytes
 */
export function parseHeaderLength(value: string | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw invalid(`Header ${HEADER_LENGTH}`, 'a number of bytes', value);
  return Number(value);
}
