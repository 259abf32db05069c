import { ModelRegistry } from '@warmset/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asModelName, nameModels } from '../../src/cli/models/model-names.js';

const models = (...paths: readonly string[]) =>
  paths.map((path) => ({
    kind: 'onnx' as const,
    path,
    label: (path.split('/').at(-1) ?? '').replace(/\.[^.]+$/, ''),
  }));

const namesOf = (...paths: readonly string[]) => nameModels(models(...paths)).map(({ name }) => name);

describe('a name', () => {
  it.each([
    ['heart', 'heart'],
    ['heart v2 (final)', 'heart-v2-final'],
    ['__heart', 'heart'],
    ['Herz-Modell_ä', 'Herz-Modell_ä'],
    ['心臓', '心臓'],
    ['a:b@c', 'a-b-c'],
    ['---', 'model'],
    ['', 'model'],
    ['constructor', 'constructor-model'],
    ['__proto__', 'proto__'],
    ['x'.repeat(300), 'x'.repeat(200)],
  ])('of %j is %j', (text, name) => {
    expect(asModelName(text)).toBe(name);
  });

  it('is one that the registry takes, whatever the file is called', () => {
    const registry = new ModelRegistry();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        registry.register(asModelName(text), { load: () => 1 }, { replace: true });
      }),
    );
  });
});

describe('names of several models', () => {
  it('are their own where they differ', () => {
    expect(namesOf('a/heart.onnx', 'b/liver.onnx')).toEqual(['heart', 'liver']);
  });

  it('have their folders before them where they would be the same', () => {
    expect(namesOf('heart.onnx', 'b/heart.onnx', 'c/b/heart.onnx')).toEqual([
      'heart',
      'b-heart',
      'c-b-heart',
    ]);
  });

  it('get a number where folders do not help', () => {
    expect(namesOf('heart.onnx', 'heart.ort', 'heart .onnx')).toEqual(['heart', 'heart-2', 'heart-3']);
  });

  it('say who has the name they would have had', () => {
    expect(nameModels(models('a/heart.onnx', 'b/heart.onnx'))[1]).toMatchObject({
      insteadOf: 'a/heart.onnx',
    });
  });

  it('are never given twice', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'a-b', 'a b'), { minLength: 1, maxLength: 4 })
      .map((parts) => `${parts.join('/')}.onnx`);
    fc.assert(
      fc.property(fc.array(path, { maxLength: 30 }), (paths) => {
        const names = namesOf(...paths);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});
