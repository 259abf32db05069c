import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HostView, type PlacementRequest, place } from '../../src/isolation/placement.js';

const MIB = 2 ** 20;

interface TestHost extends HostView {
  readonly name: string;
}

function host(name: string, facts: Partial<HostView> = {}): TestHost {
  return { name, kind: 'process', own: false, open: true, bytes: 0, ...facts };
}

/** Where a model goes, in words: the name of a host, or the host that is started. */
function placed(facts: Partial<PlacementRequest<TestHost>>): string {
  const placement = place<TestHost>({
    kind: 'process',
    estimatedBytes: MIB,
    policy: 'auto',
    ownHostBytes: 32 * MIB,
    maxHosts: Number.POSITIVE_INFINITY,
    hosts: [],
    ...facts,
  });
  return 'host' in placement ? placement.host.name : `new ${placement.start}`;
}

describe('place', () => {
  it('starts a shared host for the first small model, and gives it the next ones', () => {
    expect(placed({})).toBe('new shared');
    expect(placed({ hosts: [host('a')] })).toBe('a');
  });

  it('gives a model from ownHostBytes on a host of its own', () => {
    const hosts = [host('a')];
    expect(placed({ hosts, estimatedBytes: 32 * MIB - 1 })).toBe('a');
    expect(placed({ hosts, estimatedBytes: 32 * MIB })).toBe('new own');
  });

  it('takes a model of unknown size for a small one', () => {
    expect(placed({ hosts: [host('a')], estimatedBytes: undefined })).toBe('a');
  });

  it('never puts a second model on a host of one’s own', () => {
    expect(placed({ hosts: [host('a', { own: true })] })).toBe('new shared');
    expect(placed({ hosts: [host('a', { own: true })], estimatedBytes: 64 * MIB })).toBe('new own');
  });

  it('passes over hosts of the other kind, and those that take nothing new', () => {
    expect(placed({ hosts: [host('a', { kind: 'thread' }), host('b', { open: false })] })).toBe('new shared');
  });

  it('takes the shared host with the fewest bytes, the elder of two alike', () => {
    const hosts = [host('a', { bytes: 3 }), host('b', { bytes: 2 }), host('c', { bytes: 2 })];
    expect(placed({ hosts })).toBe('b');
  });

  it('with the policy `per-model` gives every model its own, with `shared` none', () => {
    const hosts = [host('a')];
    expect(placed({ policy: 'per-model', hosts, estimatedBytes: 1 })).toBe('new own');
    expect(placed({ policy: 'shared', hosts, estimatedBytes: 64 * MIB })).toBe('a');
    expect(placed({ policy: 'shared', estimatedBytes: 64 * MIB })).toBe('new shared');
  });

  it('makes the last host that maxHosts allows a shared one', () => {
    const large = { estimatedBytes: 64 * MIB, maxHosts: 2 };
    expect(placed(large)).toBe('new own');
    expect(placed({ ...large, hosts: [host('a', { own: true })] })).toBe('new shared');
    expect(placed({ ...large, hosts: [host('a')] })).toBe('new own');
    expect(placed({ ...large, hosts: [host('a', { own: true }), host('b')] })).toBe('b');
    expect(placed({ ...large, maxHosts: 1 })).toBe('new shared');
  });

  it('starts one host more than maxHosts only where none of those that are up takes the model', () => {
    expect(placed({ maxHosts: 1, hosts: [host('a', { open: false })] })).toBe('new shared');
    expect(placed({ maxHosts: 1, hosts: [host('a', { kind: 'thread' })] })).toBe('new shared');
  });

  it('however models come and go, keeps to maxHosts, and to one model on a host of its own', () => {
    const step = fc.oneof(
      fc.record({ load: fc.integer({ min: 0, max: 64 }) }),
      fc.record({ end: fc.nat(20) }),
    );
    const policies = fc.constantFrom('auto' as const, 'shared' as const, 'per-model' as const);
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), policies, run), {
      numRuns: 300,
    });
  });
});

/** Loads models of so many bytes and ends hosts, as the placement says. */
function run(
  steps: readonly ({ load: number } | { end: number })[],
  maxHosts: number,
  policy: 'auto' | 'shared' | 'per-model',
): void {
  const hosts: (TestHost & { models: number; bytes: number })[] = [];
  for (const step of steps) {
    if ('end' in step) {
      hosts.splice(step.end % Math.max(1, hosts.length), 1);
      continue;
    }
    const { load: bytes } = step;
    const request = { kind: 'process' as const, estimatedBytes: bytes, policy, ownHostBytes: 32, maxHosts };
    const placement = place({ ...request, hosts });
    if ('start' in placement) {
      const own = placement.start === 'own';
      hosts.push({ ...host('', { own }), models: 1, bytes });
      expect(own && (policy === 'shared' || (policy === 'auto' && bytes < 32))).toBe(false);
    } else {
      placement.host.models += 1;
      placement.host.bytes += bytes;
      const least = Math.min(
        ...hosts
          .filter(({ own }) => !own)
          .map((other) => other.bytes - (other === placement.host ? bytes : 0)),
      );
      expect(placement.host.bytes - bytes).toBe(least);
    }
    expect(hosts.length).toBeLessThanOrEqual(maxHosts);
    for (const { own, models } of hosts) if (own) expect(models).toBe(1);
  }
}
