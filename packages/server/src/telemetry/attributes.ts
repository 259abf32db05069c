/**
 * Names of attributes: OpenTelemetry's own where its
 * [semantic conventions](https://opentelemetry.io/docs/specs/semconv/general/attributes/) have one, else ours.
 */
export const MODEL = 'warmset.model.name';
export const COLD = 'warmset.cold';
export const OUTCOME = 'warmset.outcome';
export const REASON = 'warmset.eviction.reason';
export const ERROR_TYPE = 'error.type';
export const STATUS_CODE = 'http.response.status_code';
