import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATATYPES, dtypeOf } from '@warmset/open-inference';
import { defineModel, ModelRegistry, type ModelSignature, type TensorMap } from '@warmset/registry';
import { checkInputs } from '@warmset/registry/adapter';
import { describeAdapter, zerosFor } from '@warmset/registry/testing';
import { createServer, type WarmsetServer } from '@warmset/server/node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { remoteModel } from '../src/index.js';

/** Gives back its inputs, one for each datatype. */
const specs = DATATYPES.map((datatype) => ({ name: datatype, dtype: dtypeOf(datatype), shape: [-1, 2] }));
const signature: ModelSignature = { inputs: specs, outputs: specs };
const identity = () =>
  defineModel<object, TensorMap, TensorMap>({
    load: () => ({}),
    describe: () => signature,
    run(_model, inputs, { name }) {
      checkInputs(signature, inputs, name);
      return inputs;
    },
  });

const models = {
  cold: identity(),
  warm: identity(),
  throws: defineModel<object, TensorMap, TensorMap>({
    load: () => ({}),
    run() {
      throw new Error('the weights are upside down');
    },
  }),
  broken: defineModel<object, TensorMap, TensorMap>({
    load() {
      throw new Error('not a model');
    },
    run: (_model, inputs) => inputs,
  }),
};

const folder = await mkdtemp(join(tmpdir(), 'warmset-remote-'));
const logger = { error() {}, warn() {}, info() {} };
const socketPath = join(folder, 'warmset.sock');
const registry = new ModelRegistry({ models, load: { retries: 0 } });
let server: WarmsetServer;

beforeAll(async () => {
  await registry.load('warm');
  server = createServer(registry, { logger });
  await server.listen({ path: socketPath });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describeAdapter('remoteModel of a Warmset server, of a model that it has loaded', () =>
  remoteModel({ socketPath, model: 'warm' }),
);

describeAdapter(
  'remoteModel of a Warmset server, of a model that its first run loads',
  async () => {
    await registry.evict('cold');
    return remoteModel({ socketPath, model: 'cold' });
  },
  { input: zerosFor(signature) },
);

describe('a run on a Warmset server', () => {
  /** A registry of remote models, of the server whose socket this is. */
  function remote(path: string, ...names: string[]) {
    const remotes = Object.fromEntries(
      names.map((model) => [model, remoteModel({ socketPath: path, model, retries: 0 })]),
    );
    const here = new ModelRegistry({ models: remotes, load: { retries: 0 } });
    onTestFinished(() => here.close());
    return here;
  }

  const x = { x: { dtype: 'float32', shape: [1], data: Float32Array.of(1) } } as const;

  it('knows the model, its runtime and its signature', async () => {
    const status = await remote(socketPath, 'warm').load('warm');
    expect(status).toMatchObject({ signature, memory: { bytes: 0 } });
    expect(status.runtime).toMatch(/^Open Inference Protocol/);
    expect(JSON.stringify(status)).not.toContain(socketPath);
  });

  it('ends in the error that the server’s registry has', async () => {
    const here = remote(socketPath, 'cold', 'throws', 'broken', 'missing');
    await expect(here.load('missing')).rejects.toMatchObject({
      code: 'ERR_LOAD_FAILED',
      retriable: false,
      cause: expect.objectContaining({ code: 'ERR_MODEL_NOT_FOUND' }),
    });
    await expect(here.run('throws', x)).rejects.toMatchObject({
      code: 'ERR_RUN_FAILED',
      modelName: 'throws',
    });
    await expect(here.run('cold', x)).rejects.toMatchObject({ code: 'ERR_INPUT_INVALID', modelName: 'cold' });
    await expect(here.run('broken', x)).rejects.toMatchObject({
      code: 'ERR_LOAD_FAILED',
      modelName: 'broken',
      retryAfterMs: expect.any(Number),
    });
    // The model here is the connection, which is as good as before.
    expect(here.status('broken').state).toBe('ready');
  });

  it('of a model that is not loaded, where the server waits for no load, says when to come back', async () => {
    const path = join(folder, 'impatient.sock');
    const slow = defineModel<object, TensorMap, TensorMap>({
      load: () => new Promise<object>((resolve) => setImmediate(resolve, {})),
      run: (_model, inputs) => inputs,
    });
    const impatient = createServer(new ModelRegistry({ models: { slow } }), { cold: 'accept', logger });
    onTestFinished(() => impatient.close());
    await impatient.listen({ path });
    await expect(remote(path, 'slow').run('slow', x)).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
      message: expect.stringMatching(/answered 202: /),
      retryAfterMs: expect.any(Number),
    });
  });

  it('has come to its end when the server closes, and the next one cannot reach it', async () => {
    const path = join(folder, 'closing.sock');
    const runs: (() => void)[] = [];
    const slow = defineModel<object, TensorMap, TensorMap>({
      load: () => ({}),
      run: (_model, inputs) => new Promise((resolve) => runs.push(() => resolve(inputs))),
    });
    const closing = createServer(new ModelRegistry({ models: { slow } }), { logger });
    await closing.listen({ path });
    const here = remote(path, 'slow');
    const running = here.run('slow', x);
    while (runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = closing.close();
    runs[0]?.();
    expect(await running).toEqual(x);
    await closed;
    await expect(here.run('slow', x)).rejects.toThrow(/cannot be reached|ended the connection/);
  });
});
