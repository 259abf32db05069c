import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WarmsetError } from '../../src/errors.js';
import { fromWire, toWire } from '../../src/isolation/wire-error.js';

const roundTrip = (thrown: unknown) => fromWire(structuredClone(toWire(thrown)));

describe('an error that crosses to another thread or process', () => {
  it('stays a WarmsetError with all that it says', () => {
    const error = new WarmsetError('ERR_INPUT_INVALID', 'wrong shape', {
      modelName: 'm',
      retryAfterMs: 5,
      retriable: false,
      issues: [{ message: 'too short', path: ['a', { key: 0 }, Symbol('s')] }],
      cause: new TypeError('below'),
    });
    const arrived = roundTrip(error);
    expect(arrived).toBeInstanceOf(WarmsetError);
    expect(arrived).toMatchObject({
      name: 'WarmsetError',
      code: 'ERR_INPUT_INVALID',
      message: 'wrong shape',
      modelName: 'm',
      retryAfterMs: 5,
      retriable: false,
      issues: [{ message: 'too short', path: ['a', 0, 'Symbol(s)'] }],
    });
    expect(arrived.cause).toBeInstanceOf(TypeError);
    expect(arrived.stack).toBe(error.stack);
    expect('retriable' in roundTrip(new WarmsetError('ERR_TIMEOUT', 'x'))).toBe(false);
  });

  it('is an Error of the same name, code, cause and stack where it was another', () => {
    class DecodeError extends Error {
      override readonly name = 'DecodeError';
      readonly code = 'E_DECODE';
      readonly offset = 12;
    }
    const error = new DecodeError('bad byte', { cause: 'only text' });
    const arrived = roundTrip(error);
    expect(arrived).toMatchObject({ name: 'DecodeError', code: 'E_DECODE', offset: 12, cause: 'only text' });
    expect(arrived.stack).toBe(error.stack);
    expect(roundTrip(new RangeError('far'))).toBeInstanceOf(RangeError);
    expect('cause' in roundTrip(new Error('none'))).toBe(false);
  });

  it('survives getters that throw, functions, cycles and what is no error', () => {
    const cyclic = new Error('round');
    cyclic.cause = cyclic;
    expect(roundTrip(cyclic).message).toBe('round');
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('no');
      },
    });
    expect(roundTrip(hostile)).toBeInstanceOf(Error);
    expect(roundTrip(Object.assign(new Error('fn'), { fn() {} })).message).toBe('fn');
    expect(roundTrip('text').message).toBe('text');
    expect(roundTrip(undefined).message).toBe('undefined');
    expect(roundTrip({ any: 'object' }).message).toBe('an object');
  });

  it('does not believe a code that there is not', () => {
    const wire = toWire(new WarmsetError('ERR_TIMEOUT', 'x'));
    const arrived = fromWire({ ...wire, facts: { code: 'toString' } });
    expect(arrived).not.toBeInstanceOf(WarmsetError);
  });

  it('is short, however long it was', () => {
    expect(roundTrip(new Error('x'.repeat(1e6))).message.length).toBeLessThan(20_000);
  });

  it('can be cloned, whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withSparseArray: true }), (thrown) => {
        expect(roundTrip(thrown)).toBeInstanceOf(Error);
        expect(roundTrip(Object.assign(new Error('e', { cause: thrown }), { thrown }))).toBeInstanceOf(Error);
      }),
    );
  });
});
