/** ONNX Runtime as its documentation shows it, without a registry. */
import ort from 'onnxruntime-node';

/** @param {string} path */
export async function bareSession(path) {
  const session = await ort.InferenceSession.create(path);
  const [output] = session.outputNames;
  return {
    /** @param {ReturnType<import('./mlp-file.mjs').batchOf>} input */
    async run({ x }) {
      const outputs = await session.run({ x: new ort.Tensor('float32', x.data, x.shape) });
      const { dims, data } = outputs[output];
      return { [output]: { dtype: 'float32', shape: dims, data } };
    },
    release: () => session.release(),
  };
}
