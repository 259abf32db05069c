import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';

export const dynamic = 'force-dynamic';

const registry = new ModelRegistry({ models: { heart: onnxModel({ path: 'models/heart.onnx' }) } });

export async function POST(request) {
  const values = (await request.json()).map((value) => value ?? Number.NaN);
  try {
    const { probabilities } = await registry.run('heart', {
      features: { dtype: 'float32', shape: [1, values.length], data: Float32Array.from(values) },
    });
    const { isolation } = registry.status('heart');
    const outside = registry.snapshot().hosts.filter(({ pid }) => pid > 0 && pid !== process.pid).length;
    return Response.json({ risk: probabilities.data[1], isolation, outside });
  } catch (error) {
    return Response.json({ code: error.code, message: error.message }, { status: 500 });
  }
}
