import { ModelRegistry, WarmsetError } from '@warmset/registry';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../src/index.js';
import { doubling } from './support/models.js';

function refusal(options: object): string {
  try {
    createHandler(new ModelRegistry({ models: { m: doubling() } }), options);
  } catch (error) {
    expect(error).toBeInstanceOf(WarmsetError);
    return (error as WarmsetError).message;
  }
  throw new Error('expected a refusal');
}

describe('the options of createHandler', () => {
  it.each([
    [{ base: '/x' }, 'There is no option base; known are basePath, name, routes'],
    [{ routes: { metric: true } }, 'There is no option routes.metric; known are v2, models'],
    [{ routes: { metrics: 'no' } }, 'Option routes.metrics: expected true or false, got "no".'],
    [{ basePath: 'api' }, 'Option basePath: expected a path such as \'/api/warmset\', got "api".'],
    [{ basePath: '/a/../b?' }, 'Option basePath'],
    [{ cold: 'later' }, 'Option cold: expected "wait" or "accept" or "refuse", got "later".'],
    [{ preload: 'heart' }, "Option preload: expected 'all' or an array of models' names"],
    [{ limits: { bodyBytes: 0 } }, 'Option limits.bodyBytes: expected a whole number ≥ 1, got 0.'],
    [
      { limits: { bodyBytes: 9, bufferedBytes: 8 } },
      'Option limits.bufferedBytes: expected at least limits.bodyBytes, 9, got 8.',
    ],
    [{ telemetry: 'no' }, 'Option telemetry: expected true or false'],
    [{ limits: { requestMs: '1s' } }, 'Option limits.requestMs: expected milliseconds'],
    [{ admin: {} }, 'Option admin: expected { token } or { authorize }'],
    [{ admin: { authorize: true } }, 'Option admin.authorize: expected a function'],
    [{ cors: true }, 'Option cors: expected an object, got true.'],
    [{ cors: { origin: 7 } }, "Option cors.origin: expected '*'"],
    [{ metrics: { registry: {} } }, 'Option metrics.registry: expected a Registry of prom-client'],
    [{ logger: console.log }, 'Option logger: expected an object with error(), warn(), info()'],
  ])('%j is refused with what would be right', (options, text) => {
    expect(refusal(options)).toContain(text);
  });

  it('a short token is refused without showing it', () => {
    const message = refusal({ admin: { token: 'hunter2' } });
    expect(message).toContain('at least 16 characters');
    expect(message).not.toContain('hunter2');
  });
});
