import * as diabetes from '../../models/diabetes/encoder.js';
import diabetesSamples from '../../models/diabetes/samples.json' with { type: 'json' };
import * as heart from '../../models/heart/encoder.js';
import heartSamples from '../../models/heart/samples.json' with { type: 'json' };
import * as liver from '../../models/liver/encoder.js';
import liverSamples from '../../models/liver/samples.json' with { type: 'json' };
import * as lung from '../../models/lung/encoder.js';
import lungSamples from '../../models/lung/samples.json' with { type: 'json' };

/**
 * What the page and the registry know of each model. Its folder's own modules, not those that open files by
 * `import.meta.url`: a bundler takes that for an asset.
 */
export const models = {
  heart: { title: 'Heart disease', runtime: 'ONNX Runtime', ...heart, samples: heartSamples },
  liver: { title: 'Liver disease', runtime: 'ONNX Runtime', ...liver, samples: liverSamples },
  diabetes: { title: 'Diabetes', runtime: 'TensorFlow.js', ...diabetes, samples: diabetesSamples },
  lung: { title: 'Lung cancer', runtime: 'TensorFlow.js', ...lung, samples: lungSamples },
} as const;

export type ModelName = keyof typeof models;
