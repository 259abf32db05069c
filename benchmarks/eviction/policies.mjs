/** What is compared: how a registry is told to keep models. */

/** @param {(candidate: import('@warmset/registry').EvictionCandidate) => number} worth what ages by inflation */
const greedyDual = (name, worth) => ({
  name,
  stable: true,
  score: (candidate) => candidate.inflation + worth(candidate),
});

const costPerByte = ({ loadMs, bytes }) => loadMs / bytes;

/** @type {readonly { name: string, label: string, options: import('@warmset/registry').RegistryOptions }[]} */
export const policies = [
  { name: 'cost', label: 'cost (the default)', options: { eviction: 'cost' } },
  {
    name: 'gd-sqrt',
    label: 'Greedy-Dual-Size, √frequency',
    options: { eviction: greedyDual('gd-sqrt', (one) => costPerByte(one) * Math.sqrt(one.uses)) },
  },
  { name: 'gds', label: 'Greedy-Dual-Size', options: { eviction: greedyDual('gds', costPerByte) } },
  {
    name: 'gdsf',
    label: 'Greedy-Dual-Size-Frequency',
    options: { eviction: greedyDual('gdsf', (one) => costPerByte(one) * one.uses) },
  },
  { name: 'lfu', label: 'lfu', options: { eviction: 'lfu' } },
  { name: 'lru', label: 'lru', options: { eviction: 'lru' } },
  {
    name: 'keep-alive',
    label: 'lru, kept alive for 10 minutes',
    options: { eviction: 'lru', idleTimeoutMs: 10 * 60_000 },
  },
];

export const byName = (name) => policies.find((policy) => policy.name === name);
