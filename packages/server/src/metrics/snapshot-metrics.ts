import type { ModelRegistry, ModelState, ModelStatus, RegistrySnapshot } from '@warmset/registry';
import { Counter, Gauge, type Registry } from 'prom-client';

const STATES: readonly ModelState[] = ['idle', 'queued', 'loading', 'ready', 'draining', 'failed'];

/** Of each model, what only grows. */
const MODEL_COUNTERS: readonly (readonly [
  name: string,
  help: string,
  value: (model: ModelStatus) => number,
])[] = [
  ['loads', 'Successful loads.', ({ loads }) => loads],
  ['load_failures', 'Loads that failed.', ({ loadFailures }) => loadFailures],
  ['evictions', 'Times the model left memory.', ({ evictions }) => evictions],
  ['runs', 'Runs, over HTTP and by the application itself.', ({ runs }) => runs],
  ['run_failures', 'Runs that failed.', ({ runFailures }) => runFailures],
];

const MODEL_GAUGES: readonly (readonly [
  name: string,
  help: string,
  value: (model: ModelStatus) => number,
])[] = [
  ['ready', '1 where the model is in memory.', ({ state }) => Number(state === 'ready')],
  ['leases', 'Requests that hold the model now.', ({ leases }) => leases],
  ['waiting', 'Callers in its queue.', ({ waiting }) => waiting],
];

const REGISTRY_GAUGES: readonly (readonly [
  name: string,
  help: string,
  value: (all: RegistrySnapshot) => number,
])[] = [
  ['ready', '1 where every required model is loaded.', ({ ready }) => Number(ready)],
  ['healthy', '1 where no decision is past its deadline.', ({ healthy }) => Number(healthy)],
  ['memory_budget_bytes', 'Bytes that models may hold together.', ({ memory }) => memory.budgetBytes],
  ['memory_used_bytes', 'Bytes that models are charged.', ({ memory }) => memory.usedBytes],
  ['memory_reserved_bytes', 'Bytes reserved for loads under way.', ({ memory }) => memory.reservedBytes],
  ['memory_limit_bytes', 'What the container or machine has.', ({ memory }) => memory.limitBytes],
  ['memory_available_bytes', 'What of that is free.', ({ memory }) => memory.availableBytes],
  ['memory_resident_bytes', 'Resident set of this process.', ({ memory }) => memory.rssBytes],
  ['loads_active', 'Loads under way.', ({ loads }) => loads.active],
  ['loads_queued', 'Loads that wait for a slot or for memory.', ({ loads }) => loads.queued],
];

/** Metrics that are read from a snapshot when they are asked for: nothing counts twice, nothing runs between scrapes. */
export function registerSnapshotMetrics(models: ModelRegistry, registers: Registry[]): void {
  const snapshot = sharedWithinTurn(() => models.snapshot());

  for (const [name, help, value] of REGISTRY_GAUGES) {
    new Gauge({
      name: `warmset_${name}`,
      help,
      registers,
      collect() {
        this.set(value(snapshot()));
      },
    });
  }
  for (const [name, help, value] of MODEL_GAUGES) {
    new Gauge({
      name: `warmset_model_${name}`,
      help,
      labelNames: ['model'],
      registers,
      collect() {
        this.reset();
        for (const model of snapshot().models) this.set({ model: model.name }, value(model));
      },
    });
  }
  for (const [name, help, value] of MODEL_COUNTERS) {
    new Counter({
      name: `warmset_model_${name}_total`,
      help,
      labelNames: ['model'],
      registers,
      collect() {
        this.reset();
        for (const model of snapshot().models) this.inc({ model: model.name }, value(model));
      },
    });
  }
  new Gauge({
    name: 'warmset_model_state',
    help: '1 for the state that the model is in.',
    labelNames: ['model', 'state'],
    registers,
    collect() {
      this.reset();
      for (const model of snapshot().models) {
        for (const state of STATES) this.set({ model: model.name, state }, Number(model.state === state));
      }
    },
  });
  new Gauge({
    name: 'warmset_model_memory_bytes',
    help: 'Bytes that the model is charged, and how that is known.',
    labelNames: ['model', 'source'],
    registers,
    collect() {
      this.reset();
      for (const { name, memory } of snapshot().models) {
        this.set({ model: name, source: memory.source }, memory.bytes);
      }
    },
  });
  new Gauge({
    name: 'warmset_host_memory_bytes',
    help: 'Memory of each host of models.',
    labelNames: ['host', 'kind', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { id, kind, state, bytes } of snapshot().hosts)
        this.set({ host: String(id), kind, state }, bytes);
    },
  });
}

/** One value for all that ask in the same turn of the event loop, as the metrics of one scrape do. */
function sharedWithinTurn<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => {
    if (value === undefined) {
      value = { of: read() };
      setImmediate(() => {
        value = undefined;
      });
    }
    return value.of;
  };
}
