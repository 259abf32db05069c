/**
 * What an adapter, or another package around the registry, may import from it besides types.
 * @module
 */
export type { LoadContext, ModelDefinition, PortableSource, RunContext } from './definition.js';
export { describeValue, messageOf, WarmsetError } from './errors.js';
export { adapterModule } from './isolation/adapter-module.js';
export {
  type Check,
  type Checked,
  group,
  invalidOption,
  methods,
  milliseconds,
  oneOf,
  optionalFunction,
  whole,
} from './option-check.js';
export { importPeer, type PeerImport } from './peer.js';
export type {
  DType,
  ModelSignature,
  Tensor,
  TensorDataByDType,
  TensorMap,
  TensorOf,
  TensorSpec,
} from './tensor.js';
export { byteLengthOf, elementCount, isDType } from './tensor-bytes.js';
export { checkInputs } from './tensor-check.js';
