export { DATATYPES, type Datatype, datatypeOf, dtypeOf, isDatatype } from './datatypes.js';
export type { EncodedMessage } from './encode.js';
export { BINARY_TYPE, ERROR_CODE, HEADER_LENGTH, JSON_TYPE, parseHeaderLength } from './headers.js';
export {
  formatInferRequest,
  type InferRequestFacts,
  type ParsedInferRequest,
  parseInferRequest,
} from './infer-request.js';
export {
  formatInferResponse,
  type InferResponseFacts,
  type ParsedInferResponse,
  parseInferResponse,
} from './infer-response.js';
export { isDeeperThan } from './json-body.js';
export { type CodecLimits, DEFAULT_LIMITS } from './limits.js';
export type * from './messages.js';
export { metadataTensors, signatureOf } from './metadata.js';
export { tensorFault } from './tensor-fault.js';
