import { ModelRegistry, withPipeline } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';

const adding = withPipeline(fakeModel({ output: (input) => Number(input) + 1 }), {
  encode: (text: string) => Number(text),
  decode: (output: unknown) => `${output}`,
});

describe('runEncoded', () => {
  it('steps over a pipeline, loads if needed, and counts as a run', async () => {
    const registry = new ModelRegistry({ models: { m: adding } });
    expect(await registry.run('m', '1')).toBe('2');
    expect(await registry.runEncoded('m', 1)).toBe(2);
    expect(await registry.handle('m').runEncoded(2)).toBe(3);
    expect(registry.status('m')).toMatchObject({ runs: 3, loads: 1, leases: 0 });
    await registry.close();
  });

  it('goes on when another pipeline takes over while it waits', async () => {
    const registry = new ModelRegistry({ models: { m: adding } });
    const waiting = registry.runEncoded('m', 1);
    registry.register('m', withPipeline(fakeModel({ output: 5 }), { encode: () => 0 }), { replace: true });
    expect([2, 5]).toContain(await waiting);
    await registry.close();
  });

  it('keeps the limits of its caller', async () => {
    const registry = new ModelRegistry({ models: { m: adding } });
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(registry.runEncoded('m', 1, { signal })).rejects.toThrow('gone');
    await expect(registry.runEncoded('none' as 'm', 1)).rejects.toMatchObject({
      code: 'ERR_MODEL_NOT_FOUND',
    });
    await registry.close();
  });
});

describe('tryRunEncoded', () => {
  it('runs a hit, counts it, and starts no load', async () => {
    const registry = new ModelRegistry({ models: { m: adding } });
    expect(registry.tryRunEncoded('m', 1)).toBeUndefined();
    expect(registry.status('m').state).toBe('idle');
    await registry.load('m');
    const running = registry.handle('m').tryRunEncoded(1);
    expect(registry.status('m').leases).toBe(1);
    expect(await running).toBe(2);
    expect(registry.status('m')).toMatchObject({ runs: 1, leases: 0 });
    await registry.close();
  });

  it('is no hit where the model is as busy as it may be', async () => {
    const registry = new ModelRegistry({ models: { m: { ...adding, maxConcurrency: 1 } } });
    const lease = await registry.acquire('m');
    expect(registry.tryRunEncoded('m', 1)).toBeUndefined();
    lease.release();
    expect(await registry.tryRunEncoded('m', 1)).toBe(2);
    await registry.close();
  });

  it('refuses as run does: a model without run, an unknown one, a closed registry', async () => {
    const registry = new ModelRegistry({ models: { m: { load: () => ({}) } } });
    expect(() => registry.tryRunEncoded('m', 1)).toThrow(/has no run/);
    expect(() => registry.tryRunEncoded('none' as 'm', 1)).toThrow(/no model/);
    await registry.close();
    expect(() => registry.tryRunEncoded('m', 1)).toThrow(/closed/);
  });

  it('hands on what the model throws as ERR_RUN_FAILED', async () => {
    const bad = fakeModel({ output: () => Promise.reject(new Error('broke')) });
    const registry = new ModelRegistry({ models: { bad } });
    await registry.load('bad');
    await expect(registry.tryRunEncoded('bad', 1)).rejects.toMatchObject({ code: 'ERR_RUN_FAILED' });
    expect(registry.status('bad')).toMatchObject({ runFailures: 1, leases: 0 });
    await registry.close();
  });
});
