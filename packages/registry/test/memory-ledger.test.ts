import { FakeClock, fakeModel } from '@warmset/registry/testing';
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../src/memory/budget.js';
import { Ledger } from '../src/memory/ledger.js';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

function openBooks(budgetBytes: number) {
  const clock = new FakeClock();
  const ledger = new Ledger(clock);
  return { clock, ledger, budget: new MemoryBudget(budgetBytes, ledger) };
}

describe('the ledger', () => {
  it('has each change of the books with what they said after it', async () => {
    const { clock, ledger, budget } = openBooks(100);
    const charge = budget.reserve(60, 'heart');
    await clock.advance(5);
    const host = charge.split(20);
    charge.commit(50);
    charge.update(55);
    charge.update(55);
    host.free();
    charge.free();
    charge.free();
    const of = (
      kind: string,
      holder: string,
      [bytes, changeBytes]: [number, number],
      [usedBytes, reservedBytes]: [number, number],
    ) => ({ kind, holder, model: 'heart', bytes, changeBytes, usedBytes, reservedBytes, budgetBytes: 100 });
    expect(ledger.entries()).toEqual([
      { at: 0, ...of('reserved', 'model', [60, 60], [0, 60]) },
      { at: 5, ...of('updated', 'model', [40, -20], [0, 40]) },
      { at: 5, ...of('committed', 'host', [20, 20], [20, 40]) },
      { at: 5, ...of('committed', 'model', [50, 10], [70, 0]) },
      { at: 5, ...of('updated', 'model', [55, 5], [75, 0]) },
      { at: 5, ...of('released', 'host', [0, -20], [55, 0]) },
      { at: 5, ...of('released', 'model', [0, -55], [0, 0]) },
    ]);
    expect(budget).toMatchObject({ usedBytes: 0, hostBytes: 0, reservedBytes: 0 });
  });

  it('a host takes what it is, also where the reservation was less', () => {
    const { budget } = openBooks(100);
    budget.reserve(10, 'heart').split(30);
    expect(budget).toMatchObject({ usedBytes: 30, hostBytes: 30, reservedBytes: 0 });
  });

  it('keeps the last 256 over all models, and knows whose they are', () => {
    const { ledger, budget } = openBooks(2 ** 40);
    for (let index = 0; index < 300; index += 1) budget.reserve(index, index % 3 === 0 ? 'a' : 'b');
    const kept = ledger.entries().map(({ bytes }) => bytes);
    expect(kept).toEqual(Array.from({ length: 256 }, (_, index) => index + 44));
    expect(ledger.entries('a').map(({ bytes }) => bytes)).toEqual(kept.filter((bytes) => bytes % 3 === 0));
    expect(ledger.entries('c')).toEqual([]);
  });

  it('lists deficits: since when, whose, how large at most, and until when', async () => {
    const { clock, ledger, budget } = openBooks(100);
    const small = budget.reserve(30, 'small');
    small.commit(30);
    const large = budget.reserve(70, 'large');
    await clock.advance(5);
    large.commit(90);
    large.update(95);
    expect(ledger.deficits()).toEqual([{ at: 5, cause: 'large', bytes: 25 }]);
    await clock.advance(5);
    small.free();
    expect(ledger.deficits()).toEqual([{ at: 5, cause: 'large', bytes: 25, repaidAt: 10 }]);
    budget.budgetBytes = 90;
    await clock.advance(5);
    budget.budgetBytes = 95;
    expect(ledger.deficits().at(-1)).toEqual({ at: 10, cause: 'the budget', bytes: 5, repaidAt: 15 });
    for (let index = 0; index < 20; index += 1) {
      budget.budgetBytes = 90;
      budget.budgetBytes = 95;
    }
    expect(ledger.deficits()).toHaveLength(16);
  });
});

describe('explain', () => {
  it('has what the books say of the model: its load, its eviction, its failure', async () => {
    const models = {
      heart: fakeModel({ bytes: 60, measuredBytes: 50 }),
      liver: fakeModel({ bytes: 60, failures: 1 }),
    };
    const { registry } = openRegistry(models, { memory: { budgetBytes: 100 } });
    await registry.run('heart', 1);
    await rejection(registry.run('liver', 1));
    const of = (name: 'heart' | 'liver') =>
      registry
        .explain(name)
        .ledger.map(({ kind, changeBytes, usedBytes }) => ({ kind, changeBytes, usedBytes }));
    expect(of('heart')).toEqual([
      { kind: 'reserved', changeBytes: 60, usedBytes: 0 },
      { kind: 'committed', changeBytes: -10, usedBytes: 50 },
      { kind: 'released', changeBytes: -50, usedBytes: 0 },
    ]);
    expect(of('liver')).toEqual([
      { kind: 'reserved', changeBytes: 60, usedBytes: 0 },
      { kind: 'released', changeBytes: -60, usedBytes: 0 },
    ]);
  });

  it('a hit makes no entry', async () => {
    const { registry } = openRegistry({ heart: fakeModel({ bytes: 60 }) });
    for (let index = 0; index < 10; index += 1) await registry.run('heart', index);
    expect(registry.explain('heart').ledger).toHaveLength(2);
  });
});
