import { defineModel, WarmsetError, withPipeline } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openRegistry } from './support/open.js';
import { deferred, rejection, watch } from './support/promises.js';

/** Twice its input; counts its loads. */
function doubling() {
  const model = { loads: 0, definition: undefined as never };
  const definition = defineModel({
    load: () => {
      model.loads += 1;
      return 'model';
    },
    run: (_model, input: number) => input * 2,
  });
  return { model, definition };
}

const schemas = {
  zod: z.object({ age: z.number().min(0), name: z.string().default('nobody') }),
  valibot: v.object({ age: v.pipe(v.number(), v.minValue(0)), name: v.optional(v.string(), 'nobody') }),
};

describe('withPipeline', () => {
  it.each(Object.entries(schemas))(
    'checks with a schema of %s, hands its value on, and gives the decoded output',
    async (_library, schema) => {
      const { definition } = doubling();
      const model = withPipeline(definition, {
        schema,
        encode: ({ age }) => age,
        decode: (output, { name }) => ({ name, doubled: output }),
      });
      const { registry } = openRegistry({ model });
      expect(await registry.run('model', { age: 4 })).toEqual({ name: 'nobody', doubled: 8 });
    },
  );

  it.each(Object.entries(schemas))(
    'refuses what a schema of %s refuses, with its issues, and loads nothing for it',
    async (_library, schema) => {
      const { definition, model: counted } = doubling();
      const model = withPipeline(definition, { schema, encode: ({ age }) => age });
      const { registry } = openRegistry({ model });
      const error = await rejection<WarmsetError>(registry.run('model', { age: -1 }));
      expect(error).toMatchObject({ code: 'ERR_INPUT_INVALID', modelName: 'model', retriable: false });
      expect(error.message).toContain('age: ');
      expect(error.issues).toHaveLength(1);
      expect(error.issues?.[0]?.path?.length).toBe(1);
      expect(counted.loads).toBe(0);
      expect(await registry.run('model', { age: 1 })).toBe(2);
    },
  );

  it('names an issue without a path by its message alone, and the first five of many', async () => {
    const model = withPipeline(fakeModel(), {
      schema: z.array(z.number()),
      encode: (numbers) => numbers,
    });
    const { registry } = openRegistry({ model });
    const none = await rejection<Error>(registry.run('model', 'text' as never));
    expect(none.message).toMatch(/does not match its schema: Invalid input: expected array/);
    const many = await rejection<WarmsetError>(registry.run('model', Array(50).fill('x')));
    expect(many.issues).toHaveLength(50);
    expect(many.message.match(/expected number/g)).toHaveLength(5);
  });

  it('without a schema or a decoder passes on what came', async () => {
    const { definition } = doubling();
    const { registry } = openRegistry({
      model: withPipeline(definition, { encode: (text: string) => text.length }),
    });
    expect(await registry.run('model', 'four')).toBe(8);
  });

  it('an encoder that throws is ERR_INPUT_INVALID, a decoder that throws is ERR_RUN_FAILED', async () => {
    const cause = new Error('mine');
    const fail = () => Promise.reject(cause);
    const models = {
      encoding: withPipeline(fakeModel(), { encode: fail }),
      decoding: withPipeline(fakeModel(), { encode: (input: unknown) => input, decode: fail }),
    };
    const { registry } = openRegistry(models);
    expect(await rejection(registry.run('encoding', 1))).toMatchObject({ code: 'ERR_INPUT_INVALID', cause });
    expect(await rejection(registry.run('decoding', 1))).toMatchObject({ code: 'ERR_RUN_FAILED', cause });
    expect(registry.status('decoding')).toMatchObject({ leases: 0, runs: 1, runFailures: 0 });
  });

  it('a WarmsetError of a stage, and an error of the model, pass through as they are', async () => {
    const own = new WarmsetError('ERR_INPUT_INVALID', 'age is missing');
    const encode = () => {
      throw own;
    };
    const models = {
      own: withPipeline(fakeModel(), { encode }),
      bad: withPipeline(fakeModel({ failures: 1 }), { encode: (input: unknown) => input }),
    };
    const { registry } = openRegistry(models);
    expect(await rejection(registry.run('own', 1 as never))).toBe(own);
    expect(await rejection(registry.run('bad', 1))).toMatchObject({ code: 'ERR_LOAD_FAILED' });
  });

  it('wrapped twice nests: the outer encodes first and decodes last', async () => {
    const inner = withPipeline(fakeModel({ output: (input) => `run(${input})` }), {
      encode: (input: string) => `inner(${input})`,
      decode: (output) => `inner⁻¹(${output})`,
    });
    const outer = withPipeline(inner, {
      encode: (input: string) => `outer(${input})`,
      decode: (output) => `outer⁻¹(${output})`,
    });
    const { registry } = openRegistry({ outer });
    expect(await registry.run('outer', 'x')).toBe('outer⁻¹(inner⁻¹(run(inner(outer(x)))))');
  });

  it('decodes after the lease: a slow decoder keeps no model busy', async () => {
    const gate = deferred<string>();
    const model = withPipeline(fakeModel(), {
      encode: (input: unknown) => input,
      decode: () => gate.promise,
    });
    const { registry, clock } = openRegistry({ model });
    const running = registry.run('model', 1);
    await clock.settle();
    expect(registry.status('model').leases).toBe(0);
    expect((await registry.evict('model')).evicted).toBe(true);
    gate.resolve('decoded');
    expect(await running).toBe('decoded');
  });

  it.each(['encode', 'decode'] as const)(
    'the limits of a call hold for its %s too, and end that caller’s wait only',
    async (stage) => {
      const gate = deferred<unknown>();
      const slow = { encode: (input: unknown) => input, [stage]: () => gate.promise };
      const { registry, clock } = openRegistry({ model: withPipeline(fakeModel(), slow) });
      const leaving = new AbortController();
      const calls = {
        timed: watch(registry.run('model', 1, { timeoutMs: 10 })),
        aborted: watch(registry.run('model', 1, { signal: leaving.signal })),
        free: watch(registry.run('model', 1)),
      };
      await clock.settle();
      leaving.abort('left');
      await clock.advance(10);
      expect(calls.timed.reason).toMatchObject({
        code: 'ERR_TIMEOUT',
        message: expect.stringContaining('10 ms'),
      });
      expect(calls.aborted.reason).toBe('left');
      expect(calls.free.state).toBe('pending');
      gate.resolve('done');
      await clock.settle();
      expect(calls.free.value).toBe('done');
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('the time that encoding took is not given again to the load', async () => {
    const gate = deferred<unknown>();
    const inner = fakeModel({ loadMs: 100 });
    const { registry, clock } = openRegistry({ model: withPipeline(inner, { encode: () => gate.promise }) });
    const timed = watch(registry.run('model', 1, { timeoutMs: 50 }));
    await clock.advance(40);
    gate.resolve(1);
    await clock.advance(10);
    expect(timed.reason).toMatchObject({ code: 'ERR_TIMEOUT', message: expect.stringContaining('50 ms') });
    expect(registry.status('model')).toMatchObject({ waiting: 0, state: 'idle' });
  });

  it('refuses bad options and an aborted signal before it encodes', async () => {
    let encoded = 0;
    const encode = () => {
      encoded += 1;
    };
    const { registry } = openRegistry({ model: withPipeline(fakeModel(), { encode }) });
    const call = (options: object) => rejection(registry.run('model', undefined, options as never));
    expect(await call({ timeoutMs: Number.NaN })).toMatchObject({ code: 'ERR_MODEL_INVALID' });
    expect(await call({ signal: AbortSignal.abort('gone') })).toBe('gone');
    expect(encoded).toBe(0);
  });

  it('use and acquire hand out the model itself', async () => {
    const { definition } = doubling();
    const { registry } = openRegistry({
      model: withPipeline(definition, { encode: (text: string) => text.length }),
    });
    expect(await registry.use('model', (model) => model)).toBe('model');
  });
});
