import { FakeClock } from '@warmset/registry/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Charge, MemoryBudget } from '../src/memory/budget.js';
import { Ledger } from '../src/memory/ledger.js';

const budgetOf = (bytes: number) => new MemoryBudget(bytes, new Ledger(new FakeClock()));

describe('the memory budget', () => {
  it('9: replaces a reservation by what was measured, and frees that', () => {
    const budget = budgetOf(100);
    const charge = budget.reserve(40, 'model');
    expect(budget).toMatchObject({ reservedBytes: 40, usedBytes: 0, freeBytes: 60 });
    expect(charge).toMatchObject({ kind: 'reserved', bytes: 40 });
    charge.commit(30);
    expect(budget).toMatchObject({ reservedBytes: 0, usedBytes: 30, freeBytes: 70 });
    expect(charge).toMatchObject({ kind: 'used', bytes: 30 });
    charge.free();
    expect(budget).toMatchObject({ reservedBytes: 0, usedBytes: 0, freeBytes: 100 });
    expect(charge).toMatchObject({ kind: 'freed', bytes: 0 });
  });

  it('9: shows a model that turned out too large as a deficit', () => {
    const budget = budgetOf(100);
    budget.reserve(40, 'model').commit(130);
    expect(budget.freeBytes).toBe(-30);
  });

  it.each([
    ['fractions', [0.1, 0.2, 0.3], 3],
    ['figures that no machine has', [100, 1e300, Number.MAX_VALUE, 2 ** 53, 7], 3 * 2 ** 50 + 107],
  ])('balances to the byte, whatever came: %s', (_, figures, usedBytes) => {
    const budget = budgetOf(Number.POSITIVE_INFINITY);
    const charges = figures.map((bytes) => budget.reserve(bytes, 'model'));
    for (const [index, charge] of charges.entries()) charge.commit(figures[index] ?? 0);
    expect(budget).toMatchObject({ usedBytes, reservedBytes: 0 });
    for (const charge of charges) charge.free();
    expect(budget).toMatchObject({ usedBytes: 0, reservedBytes: 0 });
  });

  it('frees the reservation of a load that failed', () => {
    const budget = budgetOf(100);
    budget.reserve(40, 'model').free();
    expect(budget).toMatchObject({ reservedBytes: 0, usedBytes: 0, freeBytes: 100 });
  });

  it('frees once, however often it is asked to', () => {
    const budget = budgetOf(100);
    const charge = budget.reserve(40, 'model');
    charge.free();
    charge.free();
    expect(budget.freeBytes).toBe(100);
  });

  it('commits once, and never what was freed', () => {
    const budget = budgetOf(100);
    const charge = budget.reserve(40, 'model');
    charge.commit(30);
    charge.commit(90);
    expect(budget.usedBytes).toBe(30);
    charge.free();
    charge.commit(50);
    expect(budget).toMatchObject({ reservedBytes: 0, usedBytes: 0 });
  });

  it('is the sum of its charges after any calls in any order', () => {
    const call = fc.record({
      what: fc.constantFrom('reserve', 'commit', 'free'),
      which: fc.nat({ max: 5 }),
      bytes: fc.nat({ max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const budget = budgetOf(1_000);
        const charges: Charge[] = [];
        for (const { what, which, bytes } of calls) {
          const charge = charges[which % Math.max(1, charges.length)];
          if (what === 'reserve') charges.push(budget.reserve(bytes, 'model'));
          else if (what === 'commit') charge?.commit(bytes);
          else charge?.free();
          const total = (kind: string) =>
            charges.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.bytes, 0);
          expect(budget.reservedBytes).toBe(total('reserved'));
          expect(budget.usedBytes).toBe(total('used'));
          expect(budget.freeBytes).toBe(1_000 - total('reserved') - total('used'));
        }
      }),
    );
  });
});
