import { defineModel, withPipeline } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

const answering = (output: string) => fakeModel({ output });

describe('register with replace', () => {
  it('24: hot-swaps a loaded model: the old definition serves until the new one is ready', async () => {
    const { registry, clock } = openRegistry({ model: answering('old') });
    await registry.load('model');
    const swapped: unknown[] = [];
    registry.on('swapped', (event) => swapped.push(event));
    const next = manualModel({ run: () => 'new' });
    const handle = registry.register('model', next, { replace: true });
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('old');
    loadOf(next).resolve();
    await clock.settle();
    expect(await handle.run(1)).toBe('new');
    expect(swapped).toMatchObject([{ name: 'model' }]);
  });

  it('24: keeps the old definition where the new one does not load, and reports why', async () => {
    const { registry, clock } = openRegistry({ model: answering('old') });
    await registry.load('model');
    const failures: unknown[] = [];
    registry.on('failed', (failure) => failures.push(failure));
    registry.register('model', fakeModel({ failures: 9, error: new Error('corrupt') }), { replace: true });
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('old');
    expect(failures).toMatchObject([{ name: 'model', error: { cause: { message: 'corrupt' } } }]);
    await registry.evict('model');
    expect(await registry.run('model', 1)).toBe('old');
  });

  it('takes effect at once for a model that is not loaded', async () => {
    const old = answering('old');
    const { registry } = openRegistry({ model: old });
    registry.register('model', answering('new'), { replace: true });
    expect(await registry.run('model', 1)).toBe('new');
    expect(old.loadsStarted).toBe(0);
  });

  it('ends the cool-down of the definition that failed', async () => {
    const { registry } = openRegistry({ model: fakeModel<string>({ failures: 9 }) });
    await rejection(registry.run('model', 1));
    registry.register('model', answering('new'), { replace: true });
    expect(registry.status('model')).toMatchObject({ state: 'idle' });
    expect(registry.status('model').error).toBeUndefined();
    expect(await registry.run('model', 1)).toBe('new');
  });

  it('during a load that then fails leaves no cool-down of the old definition', async () => {
    const old = manualModel();
    const { registry, clock } = openRegistry({ model: old });
    const failing = rejection(registry.run('model', 1));
    await clock.settle();
    registry.register('model', answering('new'), { replace: true });
    loadOf(old).reject(new Error('old and bad'));
    await failing;
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('new');
  });

  it('during a load: the load’s waiters get the old definition’s model, then the new one takes over', async () => {
    const old = manualModel({ run: () => 'old' });
    const { registry, clock } = openRegistry({ model: old });
    const first = registry.run('model', 1);
    await clock.settle();
    registry.register('model', answering('new'), { replace: true });
    loadOf(old).resolve();
    expect(await first).toBe('old');
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('new');
    expect(old.instances).toEqual([{ id: 1, disposed: 1 }]);
  });

  it('twice in a row ends with the last definition', async () => {
    const { registry, clock } = openRegistry({ model: answering('first') });
    await registry.load('model');
    registry.register('model', answering('second'), { replace: true });
    registry.register('model', answering('third'), { replace: true });
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('third');
  });

  it('leaves a run that has begun with the copy and the definition that it began with', async () => {
    const gate = deferred<string>();
    const { registry, clock } = openRegistry({ model: fakeModel({ output: () => gate.promise }) });
    const running = registry.run('model', 1);
    await clock.settle();
    registry.register('model', answering('new'), { replace: true });
    await clock.settle();
    expect(await registry.run('model', 1)).toBe('new');
    gate.resolve('old');
    expect(await running).toBe('old');
  });

  it('24: a value encoded for the old definition is not handed to the new one’s model', async () => {
    const gate = deferred();
    const versioned = (version: number, wait: Promise<void>) =>
      withPipeline(
        defineModel({
          load: () => version,
          run: (model, input: { readonly encodedFor: number; readonly value: unknown }) => ({
            model,
            ...input,
          }),
        }),
        {
          encode: async (value: unknown) => {
            await wait;
            return { encodedFor: version, value };
          },
          decode: (output) => ({ ...output, decodedFor: version }),
        },
      );
    const { registry, clock } = openRegistry({ model: versioned(1, gate.promise) });
    await registry.load('model');
    const running = watch(registry.run('model', 'x'));
    await clock.settle();
    registry.register('model', versioned(2, Promise.resolve()), { replace: true });
    await clock.settle();
    gate.resolve();
    await clock.settle();
    expect(running.value).toEqual({ model: 2, encodedFor: 2, decodedFor: 2, value: 'x' });
  });

  it('24: a request that waits is answered through the pipeline, or the lack of one, of what then serves it', async () => {
    const plain = () => ({
      ...fakeModel<unknown>({ output: (input: unknown) => `plain ${input}` }),
      maxConcurrency: 1,
    });
    const piped = () => withPipeline(plain(), { encode: (input: unknown) => `encoded ${input}` });
    for (const [first, second, answer] of [
      [plain, piped, 'plain encoded x'],
      [piped, plain, 'plain x'],
    ] as const) {
      const { registry, clock } = openRegistry({ model: first() });
      const lease = await registry.acquire('model');
      const waiting = watch(registry.run('model', 'x', { timeoutMs: 1000 }));
      await clock.settle();
      registry.register('model', second(), { replace: true });
      await clock.settle();
      expect(waiting).toMatchObject({ state: 'resolved', value: answer });
      lease.release();
    }
  });

  it('asks for replace where the name is taken', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    for (const options of [undefined, {}, { replace: false }]) {
      expect(() => registry.register('model', fakeModel(), options)).toThrowError(
        expect.objectContaining({ code: 'ERR_MODEL_EXISTS', modelName: 'model' }),
      );
    }
  });

  it('refuses a definition that is not usable and keeps the old one', async () => {
    const { registry } = openRegistry({ model: answering('old') });
    expect(() => registry.register('model', {} as never, { replace: true })).toThrowError(
      expect.objectContaining({ code: 'ERR_MODEL_INVALID' }),
    );
    expect(await registry.run('model', 1)).toBe('old');
  });
});
