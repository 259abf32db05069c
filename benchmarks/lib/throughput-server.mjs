/** One server of the throughput case, in a process of its own: prints its URL, and ends when its stdin does. */
import { fileURLToPath } from 'node:url';

const heartFile = fileURLToPath(new URL('../../examples/models/heart/heart.onnx', import.meta.url));
const KINDS = {
  bare,
  'warmset, own server': () => ownServer(),
  'warmset, own server, inline': () => ownServer('inline'),
  'warmset, in Fastify': inFastify,
};

process.stdin.on('end', () => process.exit()).resume();
console.log(await KINDS[process.argv[2]]());

/** What a user writes without us: a Fastify route around onnxruntime-node, which takes and gives the same. */
async function bare() {
  const { default: ort } = await import('onnxruntime-node');
  const { fastify } = await import('fastify');
  const session = await ort.InferenceSession.create(heartFile);
  const app = fastify();
  app.post('/v2/models/heart/infer', async ({ body }) => {
    const [{ shape, data }] = body.inputs;
    const { label, probabilities } = await session.run({
      features: new ort.Tensor('float32', Float32Array.from(data), shape),
    });
    return {
      model_name: 'heart',
      outputs: [
        { name: 'label', datatype: 'INT64', shape: label.dims, data: Array.from(label.data, Number) },
        {
          name: 'probabilities',
          datatype: 'FP32',
          shape: probabilities.dims,
          data: Array.from(probabilities.data),
        },
      ],
    };
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
}

async function registryOfHeart(isolation = 'process') {
  const { onnxModel } = await import('@warmset/adapters-onnx');
  const { ModelRegistry } = await import('@warmset/registry');
  const registry = new ModelRegistry({ models: { heart: onnxModel({ path: heartFile }) }, isolation });
  await registry.load('heart');
  const { isolation: lives } = registry.status('heart');
  if (lives !== isolation)
    throw new Error(`Measured would be a model that lives ${lives}, not ${isolation}.`);
  return registry;
}

async function ownServer(isolation) {
  const { createServer } = await import('@warmset/server/node');
  return createServer(await registryOfHeart(isolation)).listen({ port: 0 });
}

async function inFastify() {
  const { fastify } = await import('fastify');
  const { warmset } = await import('@warmset/server/fastify');
  const app = fastify();
  await app.register(warmset, { registry: await registryOfHeart() });
  return app.listen({ port: 0, host: '127.0.0.1' });
}
