import { describe, expect, it } from 'vitest';
import { faulty, LARGE, openHosts } from './support/faulty.js';

const MIB = 2 ** 20;

const small = () => faulty({ bytes: 2 * MIB }, { estimateBytes: 4 * MIB });
const large = () => faulty({ bytes: 40 * MIB }, { estimateBytes: LARGE });

type Registry = ReturnType<typeof openHosts>;

/** The books by their parts, each added up from the models and the hosts. */
function partsOf(registry: Pick<Registry, 'snapshot'>) {
  const { memory, models, hosts } = registry.snapshot();
  const sum = (figures: readonly number[]) => figures.reduce((total, figure) => total + figure, 0);
  return {
    memory,
    modelBytes: sum(models.map(({ memory: { bytes, hostBytes = 0 } }) => bytes + hostBytes)),
    hostBytes: sum(hosts.map(({ chargedBytes }) => chargedBytes)),
  };
}

describe('9: the books of models in processes', () => {
  it('add up at every event: what models hold, and what their hosts take', async () => {
    const registry = openHosts({ a: small(), b: small(), c: large() });
    const looks: ReturnType<typeof partsOf>[] = [];
    for (const event of ['state', 'ready', 'evicted'] as const) {
      registry.on(event, () => looks.push(partsOf(registry)));
    }
    await registry.preload();
    await Promise.all(['a', 'b', 'c'].map((name) => registry.run(name as 'a', { value: 1 })));
    await registry.evict('a');
    await registry.evict('c');
    looks.push(partsOf(registry));
    expect(looks.length).toBeGreaterThan(10);
    for (const { memory, modelBytes, hostBytes } of looks) {
      expect(memory).toMatchObject({ modelBytes, hostBytes, usedBytes: modelBytes + hostBytes });
    }
    expect(looks.at(-1)?.hostBytes).toBeGreaterThan(MIB);
  });

  it('say in the ledger whose load brought a host in', async () => {
    const registry = openHosts({ a: small(), b: small() });
    await registry.load('a');
    await registry.load('b');
    const holders = (name: 'a' | 'b') => new Set(registry.explain(name).ledger.map(({ holder }) => holder));
    expect(holders('a')).toEqual(new Set(['model', 'host']));
    expect(holders('b')).toEqual(new Set(['model']));
  });
});
