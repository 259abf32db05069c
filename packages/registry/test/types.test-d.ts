/** Checked by TypeScript, never run: what does not hold here is an error of `tsc`, which types.test.ts runs. */
import {
  defineModel,
  type InputOf,
  type Lease,
  type ModelHandle,
  type ModelOf,
  ModelRegistry,
  type ModelStatus,
  type OutputOf,
  type RegistryEvents,
  type TensorOf,
  withPipeline,
} from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import * as v from 'valibot';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';

interface Session {
  readonly id: number;
}

const heart = defineModel({
  load: async (): Promise<Session> => ({ id: 1 }),
  run: (_session, input: { readonly age: number }) => ({ risk: input.age / 100 }),
});

const assistant = defineModel({ load: () => new Map<string, number>() });

const registry = new ModelRegistry({ models: { heart, assistant } });

// A definition's types are its instance's, its input's and its output's.
expectTypeOf<ModelOf<typeof heart>>().toEqualTypeOf<Session>();
expectTypeOf<InputOf<typeof heart>>().toEqualTypeOf<{ readonly age: number }>();
expectTypeOf<OutputOf<typeof heart>>().toEqualTypeOf<{ risk: number }>();

// They reach run, use, acquire, tryAcquire and load by the model's name.
expectTypeOf(registry.run('heart', { age: 63 })).toEqualTypeOf<Promise<{ risk: number }>>();
expectTypeOf(registry.use('heart', (session) => session.id)).toEqualTypeOf<Promise<number>>();
expectTypeOf(registry.use('assistant', async (map) => map.get('x'))).toEqualTypeOf<
  Promise<number | undefined>
>();
registry.use('heart', (session, lease) => {
  expectTypeOf(session).toEqualTypeOf<Session>();
  expectTypeOf(lease).toEqualTypeOf<Lease<Session>>();
});
expectTypeOf(registry.acquire('heart')).toEqualTypeOf<Promise<Lease<Session>>>();
expectTypeOf(registry.tryAcquire('assistant')).toEqualTypeOf<Lease<Map<string, number>> | undefined>();
expectTypeOf(registry.load('heart')).toEqualTypeOf<Promise<ModelStatus>>();
expectTypeOf(registry.status('heart').state).toEqualTypeOf<
  'idle' | 'queued' | 'loading' | 'ready' | 'draining' | 'failed'
>();
expectTypeOf(registry.ready).toEqualTypeOf<Promise<void>>();

// A wrong name, input or option is an error before it runs.
// @ts-expect-error there is no such model
registry.run('haert', { age: 63 });
// @ts-expect-error the input has another type
registry.run('heart', { age: '63' });
// @ts-expect-error the input lacks its age
registry.run('heart', {});
// @ts-expect-error the input is missing
registry.run('heart');
// @ts-expect-error the output has no such member
registry.run('heart', { age: 63 }).then(({ probability }) => probability);
// @ts-expect-error there is no such priority
registry.run('heart', { age: 63 }, { priority: 'urgent' });
// @ts-expect-error there is no such option
registry.run('heart', { age: 63 }, { timeout: 5 });
for (const call of [
  // @ts-expect-error there is no such model
  () => registry.status('haert'),
  // @ts-expect-error there is no such model
  () => registry.preload(['heart', 'haert']),
  // @ts-expect-error there is no such model
  () => registry.unregister('haert'),
  // @ts-expect-error there is no such model
  () => registry.tryAcquire('haert'),
]) {
  expectTypeOf(call).toBeFunction();
}
// @ts-expect-error a definition loads something
new ModelRegistry({ models: { heart: { run: () => 1 } } });
// @ts-expect-error there is no such policy
new ModelRegistry({ eviction: 'fifo' });
// @ts-expect-error there is no such option
new ModelRegistry({ budgetBytes: 5 });

// A handle carries the types of a model that is registered later, and of one that is asked for by name.
const handle = registry.register('liver', heart);
expectTypeOf(handle).toEqualTypeOf<ModelHandle<typeof heart>>();
expectTypeOf(handle.run({ age: 1 })).toEqualTypeOf<Promise<{ risk: number }>>();
expectTypeOf(handle.use(({ id }) => String(id))).toEqualTypeOf<Promise<string>>();
expectTypeOf(handle.status()).toEqualTypeOf<ModelStatus>();
// @ts-expect-error the input has another type
handle.run({ age: 'old' });
expectTypeOf(registry.handle('heart').run({ age: 1 })).toEqualTypeOf<Promise<{ risk: number }>>();
expectTypeOf(registry.handle('from a path' as string).run(1)).toEqualTypeOf<Promise<unknown>>();

// A registry without models of its own takes any name, and gives what it does not know.
const open = new ModelRegistry();
expectTypeOf(open.run('anything', 1)).toEqualTypeOf<Promise<unknown>>();

// A schema of zod types the input before it, what the encoder gets after it, and what the caller gets at the end.
const piped = withPipeline(heart, {
  schema: z.object({ age: z.number(), sex: z.enum(['male', 'female']).default('male') }),
  encode: (person) => {
    expectTypeOf(person).toEqualTypeOf<{ age: number; sex: 'male' | 'female' }>();
    return { age: person.age };
  },
  decode: (output, person) => {
    expectTypeOf(output).toEqualTypeOf<{ risk: number }>();
    return { percent: output.risk * 100, sex: person.sex };
  },
});
expectTypeOf<InputOf<typeof piped>>().toEqualTypeOf<{ age: number; sex?: 'male' | 'female' | undefined }>();
expectTypeOf<OutputOf<typeof piped>>().toEqualTypeOf<{ percent: number; sex: 'male' | 'female' }>();
expectTypeOf<ModelOf<typeof piped>>().toEqualTypeOf<Session>();
const pipedRegistry = new ModelRegistry({ models: { heart: piped } });
expectTypeOf(pipedRegistry.run('heart', { age: 63 })).toEqualTypeOf<
  Promise<{ percent: number; sex: 'male' | 'female' }>
>();
// @ts-expect-error the schema has no such sex
pipedRegistry.run('heart', { age: 63, sex: 'other' });
// @ts-expect-error the encoder gives what the model does not take
withPipeline(heart, { schema: z.object({ age: z.number() }), encode: (person) => person.age });

// The same with one of valibot, which changes the type on its way.
const transformed = withPipeline(heart, {
  schema: v.object({ age: v.pipe(v.string(), v.transform(Number)) }),
  encode: (person) => {
    expectTypeOf(person).toEqualTypeOf<{ age: number }>();
    return person;
  },
});
expectTypeOf<InputOf<typeof transformed>>().toEqualTypeOf<{ age: string }>();
expectTypeOf<OutputOf<typeof transformed>>().toEqualTypeOf<{ risk: number }>();

// Without a schema the encoder's own parameter types the input.
const unchecked = withPipeline(heart, { encode: (age: number) => ({ age }) });
expectTypeOf<InputOf<typeof unchecked>>().toEqualTypeOf<number>();

// Wrapped twice, the outer types are the caller's.
const twice = withPipeline(piped, { encode: (age: number) => ({ age }), decode: ({ percent }) => percent });
expectTypeOf<InputOf<typeof twice>>().toEqualTypeOf<number>();
expectTypeOf<OutputOf<typeof twice>>().toEqualTypeOf<number>();

// Fakes carry their output.
expectTypeOf<OutputOf<ReturnType<typeof fakeModel<string>>>>().toEqualTypeOf<string>();
const faked = new ModelRegistry({ models: { heart: fakeModel({ output: { risk: 1 } }) } });
expectTypeOf(faked.run('heart', 'anything')).toEqualTypeOf<Promise<{ risk: number }>>();

// Events by their names.
registry.on('ready', (event) => expectTypeOf(event).toEqualTypeOf<RegistryEvents['ready']>());
registry.once('failed', ({ error }) => expectTypeOf(error.code).toExtend<string>());
// @ts-expect-error there is no such event
registry.on('loaded', () => {});

// A tensor's dtype tells its data.
expectTypeOf<TensorOf<'int64'>['data']>().toEqualTypeOf<BigInt64Array>();
expectTypeOf<TensorOf<'string'>['data']>().toEqualTypeOf<string[]>();
