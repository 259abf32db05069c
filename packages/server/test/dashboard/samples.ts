import type { HostStatus, ModelStatus, RegistrySnapshot } from '@warmset/registry';

export function model(name: string, more: Partial<ModelStatus> = {}): ModelStatus {
  return {
    name,
    state: 'idle',
    leases: 0,
    waiting: 0,
    pinned: false,
    loads: 0,
    loadFailures: 0,
    evictions: 0,
    runs: 0,
    runFailures: 0,
    memory: { bytes: 0, source: 'none' },
    isolation: 'inline',
    ...more,
  };
}

export function snapshot(
  at: number,
  models: ModelStatus[],
  memory: Partial<RegistrySnapshot['memory']> = {},
): RegistrySnapshot {
  const hosts: HostStatus[] = [];
  return {
    at,
    startedAt: 0,
    state: 'open',
    ready: true,
    healthy: true,
    models,
    memory: {
      budgetBytes: 100,
      usedBytes: 0,
      modelBytes: 0,
      hostBytes: 0,
      unregisteredBytes: 0,
      reservedBytes: 0,
      rssBytes: 1,
      limitBytes: 1_000,
      availableBytes: 999,
      budget: {
        option: 100,
        budgetBytes: 100,
        limitBytes: 1_000,
        limitSource: 'probe',
        processBytes: 0,
        reserveBytes: 0,
        floorBytes: 0,
        sentence: '',
      },
      deficits: [],
      ...memory,
    },
    loads: { active: 0, queued: 0, total: 0, failed: 0, evictions: 0 },
    hosts,
  };
}
