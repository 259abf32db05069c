import { defineModel, WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

describe('leases', () => {
  it('23: release() is idempotent: a second one gives back nothing that another holds', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const [first, second] = [await registry.acquire('model'), await registry.acquire('model')];
    first.release();
    first.release();
    first.release();
    expect(registry.status('model').leases).toBe(1);
    const evicting = watch(registry.evict('model'));
    first.release();
    await clock.settle();
    expect(evicting.state).toBe('pending');
    expect(model.instances[0]?.disposed).toBe(false);
    second.release();
    await clock.settle();
    expect(evicting).toMatchObject({ state: 'resolved', value: { evicted: true } });
    second.release();
    expect(registry.status('model').leases).toBe(0);
  });

  it('23: a double release does not let one more caller in than maxConcurrency', async () => {
    const model = { ...fakeModel(), maxConcurrency: 1 };
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const [second, third] = [watch(registry.acquire('model')), watch(registry.acquire('model'))];
    lease.release();
    lease.release();
    await clock.settle();
    expect([second.state, third.state]).toEqual(['resolved', 'pending']);
  });

  it('23: a model is disposed of once, after its last lease, off the path of the request that held it', async () => {
    const model = fakeModel();
    const { registry, clock } = openRegistry({ model });
    const lease = await registry.acquire('model');
    const evicting = registry.evict('model');
    await clock.settle();
    lease.release();
    expect(model.instances[0]?.disposed).toBe(false);
    await evicting;
    expect(model.instances[0]?.disposed).toBe(true);
  });

  it('23: a request is not failed or held up by the dispose that follows it', async () => {
    const model = defineModel({
      load: () => 'model',
      run: () => 'output',
      dispose: () => {
        throw new Error('dispose failed');
      },
    });
    const { registry } = openRegistry({ model }, { idleTimeoutMs: 0 });
    registry.on('warning', () => {});
    expect(await registry.run('model', 1)).toBe('output');
  });

  it('23: `using` releases a lease at the end of its scope, and release() before it changes nothing', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    {
      using lease = await registry.acquire('model');
      expect(lease.model.id).toBe(1);
      expect(registry.status('model').leases).toBe(1);
    }
    expect(registry.status('model').leases).toBe(0);
    {
      using lease = await registry.acquire('model');
      lease.release();
    }
    expect(registry.status('model').leases).toBe(0);
  });

  it('a lease runs its model as the definition says', async () => {
    const { registry } = openRegistry({ model: fakeModel({ output: (input) => [input] }) });
    using lease = await registry.acquire('model');
    expect(await lease.run('input')).toEqual(['input']);
  });

  it('use releases whatever its function does', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const failure = new Error('mine');
    const throwing = () => {
      throw failure;
    };
    for (const options of [undefined, { timeoutMs: 1000 }]) {
      expect(await rejection(registry.use('model', throwing, options))).toBe(failure);
      expect(await rejection(registry.use('model', async () => throwing(), options))).toBe(failure);
      expect(await registry.use('model', (_model, lease) => lease.release(), options)).toBeUndefined();
      expect(registry.status('model').leases).toBe(0);
    }
  });

  it('use holds its lease until its function has ended', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel() });
    const work = deferred();
    await registry.load('model');
    const using = registry.use('model', () => work.promise);
    const evicting = watch(registry.evict('model'));
    await clock.settle();
    expect(evicting.state).toBe('pending');
    work.resolve();
    await using;
    await clock.settle();
    expect(evicting.state).toBe('resolved');
  });

  it('run releases where the model fails, and counts the failure', async () => {
    const cause = new Error('bad tensor');
    const model = fakeModel({ output: () => Promise.reject(cause) });
    const { registry } = openRegistry({ model });
    const error = await rejection(registry.run('model', 1));
    expect(error).toMatchObject({ code: 'ERR_RUN_FAILED', modelName: 'model', cause });
    expect(registry.status('model')).toMatchObject({ leases: 0, runs: 1, runFailures: 1, state: 'ready' });
  });

  it('a run that is refused for its input counts in nothing: it says nothing of the model', async () => {
    const model = fakeModel({
      output: (input: unknown) => {
        if (input === 'bad') throw new WarmsetError('ERR_INPUT_INVALID', 'input "x" is missing');
        return input;
      },
    });
    const { registry } = openRegistry({ model });
    expect(await rejection(registry.run('model', 'bad'))).toMatchObject({ code: 'ERR_INPUT_INVALID' });
    const status = registry.status('model');
    expect(status).toMatchObject({ leases: 0, runs: 0, runFailures: 0, state: 'ready' });
    expect(status).not.toHaveProperty('run');
    await registry.run('model', 'good');
    expect(registry.status('model')).toMatchObject({ runs: 1, runFailures: 0, run: { p50Ms: 0 } });
  });

  it('run passes a WarmsetError of the model on as it is', async () => {
    const error = new WarmsetError('ERR_INPUT_INVALID', 'input "x" is missing');
    const { registry } = openRegistry({ model: fakeModel({ output: () => Promise.reject(error) }) });
    expect(await rejection(registry.run('model', 1))).toBe(error);
  });

  it('a model without run() is handed out by use and refused by run, without being loaded for it', async () => {
    let loads = 0;
    const model = defineModel({
      load: () => {
        loads += 1;
        return 'client';
      },
    });
    const { registry } = openRegistry({ model });
    expect(await rejection(registry.run('model', 1))).toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message: expect.stringContaining('use("model"'),
    });
    expect(loads).toBe(0);
    expect(await registry.use('model', (client) => client)).toBe('client');
  });

  it('tryAcquire gives a lease of a loaded model, at once, and otherwise nothing and starts nothing', async () => {
    const model = { ...fakeModel({ loadMs: 10 }), maxConcurrency: 1 };
    const { registry, clock } = openRegistry({ model });
    expect(registry.tryAcquire('model')).toBeUndefined();
    await clock.settle();
    expect(registry.status('model').state).toBe('idle');
    const loading = registry.load('model');
    await clock.advance(5);
    expect(registry.tryAcquire('model')).toBeUndefined();
    await clock.advance(5);
    await loading;
    const lease = registry.tryAcquire('model');
    expect(lease?.model.id).toBe(1);
    expect(registry.tryAcquire('model')).toBeUndefined();
    lease?.release();
    const again = registry.tryAcquire('model');
    const evicting = registry.evict('model');
    await clock.settle();
    expect(registry.status('model').state).toBe('draining');
    again?.release();
    expect(registry.tryAcquire('model')).toBeUndefined();
    await evicting;
    expect(registry.tryAcquire('model')).toBeUndefined();
  });

  it('tryAcquire does not overtake those that wait', async () => {
    const model = { ...fakeModel(), maxConcurrency: 2 };
    const { registry, clock } = openRegistry({ model });
    const held = [await registry.acquire('model'), await registry.acquire('model')];
    const evicting = registry.evict('model', { timeoutMs: 10 });
    const waiting = watch(registry.acquire('model'));
    await clock.settle();
    held[0]?.release();
    expect(registry.tryAcquire('model')).toBeUndefined();
    await clock.advance(10);
    expect((await evicting).evicted).toBe(false);
    expect(waiting.state).toBe('resolved');
  });
});
