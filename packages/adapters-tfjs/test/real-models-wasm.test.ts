import { describeRealModels } from './support/real-models.js';

describeRealModels('wasm', /^@tensorflow\/tfjs 4\.\d+\.\d+ \(wasm\)$/);
