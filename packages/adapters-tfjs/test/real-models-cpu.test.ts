import { describeRealModels } from './support/real-models.js';

// A file of its own: a process has one backend. All 37 of magika's files take this backend a minute, and WASM does them all.
describeRealModels('cpu', /^@tensorflow\/tfjs 4\.\d+\.\d+ \(cpu\)$/, { magikaCount: 3 });
