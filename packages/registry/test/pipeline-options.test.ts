import { defineModel, type WarmsetError, withPipeline } from '@warmset/registry';
import { describe, expect, it } from 'vitest';

const definition = defineModel({ load: () => 'model', run: (_model, input: number) => input });

/** What the wrapping throws. */
function refusal(options: unknown): WarmsetError {
  try {
    withPipeline(definition, options as { encode(value: number): number });
  } catch (error) {
    return error as WarmsetError;
  }
  throw new Error('it was taken');
}

describe('the options of withPipeline', () => {
  it.each([
    ['none at all', undefined, 'encode of withPipeline: expected a function, got undefined'],
    ['a misspelt encode', { encoder: Number }, 'encode of withPipeline: expected a function, got undefined'],
    [
      'a decode that is none',
      { encode: Number, decode: 1 },
      'decode of withPipeline: expected a function, got 1',
    ],
    ['a schema that is none', { encode: Number, schema: { type: 'number' } }, 'schema of withPipeline'],
    ['null for a schema', { encode: Number, schema: null }, 'schema of withPipeline'],
  ])('are refused as the server’s own mistake, not as a request’s: %s', (_what, options, message) => {
    const error = refusal(options);
    expect(error.code).toBe('ERR_MODEL_INVALID');
    expect(error.message).toContain(message);
  });

  it('may have a schema that is a function, as arktype’s are', () => {
    const schema = Object.assign(() => {}, {
      '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
    });
    expect(withPipeline(definition, { encode: Number, schema: schema as never }).pipeline).toBeTypeOf(
      'function',
    );
  });
});
