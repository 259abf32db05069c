/**
 * Predicts in whatever host the registry picks, and prints where that was. Arguments: the model, the row as JSON, and the
 * registry's `isolation`, where it is not the default, as JSON.
 */
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';

const [path, row, isolation] = process.argv.slice(2);
const values = JSON.parse(row).map((value) => value ?? Number.NaN);
const registry = new ModelRegistry({
  models: { heart: onnxModel({ path }) },
  ...(isolation && { isolation: JSON.parse(isolation) }),
});
const result = { warnings: [] };
// A machine without a container's limit is nothing to warn of here.
registry.on('warning', ({ kind, message }) => kind === 'unlimited' || result.warnings.push(message));
try {
  const { probabilities } = await registry.run('heart', {
    features: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) },
  });
  result.risk = probabilities.data[1];
  result.isolation = registry.status('heart').isolation;
  result.outside = registry.snapshot().hosts.filter(({ pid }) => pid > 0 && pid !== process.pid).length;
} catch (error) {
  result.error = { code: error.code, message: error.message };
}
await registry.close();
console.log(JSON.stringify(result));
