import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry, type TensorMap } from '@warmset/registry';

/** As predict.mjs, in TypeScript that is run as it is. */
interface Prediction {
  warnings: string[];
  risk: number;
  isolation: string;
  outside: number;
}

const [path, row] = process.argv.slice(2) as [string, string];
const values = (JSON.parse(row) as (number | null)[]).map((value) => value ?? Number.NaN);
const registry = new ModelRegistry({ models: { heart: onnxModel({ path }) } });
const input: TensorMap = {
  features: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) },
};
const { probabilities } = await registry.run('heart', input);
const result: Prediction = {
  warnings: [],
  risk: Number(probabilities?.data[1]),
  isolation: registry.status('heart').isolation,
  outside: registry.snapshot().hosts.filter(({ pid }) => pid > 0 && pid !== process.pid).length,
};
await registry.close();
console.log(JSON.stringify(result));
