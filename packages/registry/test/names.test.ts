import { ModelRegistry, type WarmsetError } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

const TEN_MEGABYTES = 'a'.repeat(10 * 2 ** 20);

const UNUSABLE: [string, unknown][] = [
  ['empty', ''],
  ['10 MB long', TEN_MEGABYTES],
  ['201 characters long', 'a'.repeat(201)],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['hasOwnProperty', 'hasOwnProperty'],
  ['with a slash', '../etc/passwd'],
  ['with a space', 'my model'],
  ['with a line break', 'model\n'],
  ['with a null byte', 'model\0'],
  ['starting with a dot', '.hidden'],
  ['half a character', '\ud800'],
  ['undefined', undefined],
  ['null', null],
  ['a number', 1],
  ['a symbol', Symbol('model')],
  ['an object', { toString: () => 'model' }],
];

const message = (thrown: unknown) => (thrown as WarmsetError).message;

describe('names', () => {
  it.each(UNUSABLE)('one that is %s cannot be registered', (_what, name) => {
    const { registry } = openRegistry({});
    let thrown: unknown;
    try {
      registry.register(name as string, fakeModel());
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'ERR_MODEL_INVALID' });
    expect(message(thrown).length).toBeLessThan(300);
    expect(registry.snapshot().models).toEqual([]);
  });

  it.each(UNUSABLE)('one that is %s is not found, whatever is asked of it', async (_what, given) => {
    const { registry } = openRegistry({ model: fakeModel() });
    const name = given as 'model';
    const thrown = await Promise.all([
      rejection(registry.run(name, 1)),
      rejection(registry.use(name, () => 1)),
      rejection(registry.acquire(name)),
      rejection(registry.load(name)),
      rejection(registry.preload([name])),
      rejection(registry.evict(name)),
      rejection(registry.reload(name)),
      rejection(registry.unregister(name)),
      ...['tryAcquire', 'status', 'explain', 'handle'].map((member) =>
        rejection((async () => registry[member as 'status'](name))()),
      ),
    ]);
    for (const error of thrown) {
      expect(error).toMatchObject({ code: 'ERR_MODEL_NOT_FOUND' });
      expect(message(error).length).toBeLessThan(300);
      expect(JSON.stringify(error).length).toBeLessThan(600);
    }
  });

  it('an own property __proto__ among the models is refused, not taken for a prototype', () => {
    const models = JSON.parse('{"__proto__": {}}') as Record<string, never>;
    expect(() => new ModelRegistry({ models })).toThrowError(
      expect.objectContaining({ code: 'ERR_MODEL_INVALID' }),
    );
  });

  it.each([
    'a',
    'A1',
    'heart-v2',
    'heart@2.1',
    'eu:heart',
    'hjärta',
    '心',
    'a'.repeat(200),
    '0',
    'valueOfIt',
  ])('%s can be registered and used', async (name) => {
    const { registry } = openRegistry({});
    const handle = registry.register(name, fakeModel());
    expect(handle.name).toBe(name);
    expect(await handle.run(1)).toBe(1);
    expect(await handle.use(({ id }) => id)).toBe(1);
    expect(handle.status()).toMatchObject({ name, state: 'ready' });
    expect(await registry.handle(name).run(2)).toBe(2);
  });

  it('an error about a model names it', async () => {
    const { registry } = openRegistry({});
    expect(await rejection((registry as ModelRegistry).run('heart', 1))).toMatchObject({
      code: 'ERR_MODEL_NOT_FOUND',
      modelName: 'heart',
      message: expect.stringContaining('"heart"'),
    });
  });

  it('registering and reading load nothing', () => {
    const model = fakeModel();
    const { registry } = openRegistry({});
    registry.register('model', model).status();
    registry.snapshot();
    expect(model.loadsStarted).toBe(0);
  });
});
