import type { BatchObservableCallback, Meter } from '@opentelemetry/api';
import type { ModelRegistry, ModelStatus, RegistryEvents } from '@warmset/registry';
import type { InferenceListener, Traffic } from '../infer/traffic.js';
import { MODEL, OUTCOME, REASON } from './attributes.js';

const MS_PER_SECOND = 1_000;

/** In seconds: as many as Prometheus gets. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** Of each model, read when it is asked for. */
const PER_MODEL: readonly (readonly [
  name: string,
  kind: 'Counter' | 'UpDownCounter',
  unit: string,
  description: string,
  value: (model: ModelStatus) => number,
])[] = [
  ['memory.usage', 'UpDownCounter', 'By', 'Bytes that the model is charged.', ({ memory }) => memory.bytes],
  ['ready', 'UpDownCounter', '1', '1 where it is in memory.', ({ state }) => Number(state === 'ready')],
  ['leases', 'UpDownCounter', '{lease}', 'Requests that hold the model now.', ({ leases }) => leases],
  ['waiting', 'UpDownCounter', '{request}', 'Callers in its queue.', ({ waiting }) => waiting],
  ['loads', 'Counter', '{load}', 'Successful loads.', ({ loads }) => loads],
  ['load.failures', 'Counter', '{load}', 'Loads that failed.', ({ loadFailures }) => loadFailures],
  ['runs', 'Counter', '{run}', 'Runs, over HTTP and by the application itself.', ({ runs }) => runs],
  ['run.failures', 'Counter', '{run}', 'Runs that failed.', ({ runFailures }) => runFailures],
];

/** The metrics of one server for OpenTelemetry: times as they happen, all else from a snapshot when it is collected. */
export class OtelMetrics {
  readonly #closers: (() => void)[] = [];

  constructor(meter: Meter, registry: ModelRegistry, traffic: Traffic) {
    this.#recordTimes(meter, registry, traffic);
    this.#observe(meter, registry);
  }

  close(): void {
    for (const close of this.#closers.splice(0)) close();
  }

  #recordTimes(meter: Meter, registry: ModelRegistry, traffic: Traffic): void {
    const seconds = (name: string, description: string) =>
      meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: BUCKETS } });
    const inference = seconds(
      'warmset.inference.duration',
      'From the first byte of a request to its answer, waiting for the model included.',
    );
    const load = seconds('warmset.load.duration', 'Of loads that went well, their wait not included.');
    const queue = seconds('warmset.load.queue_time', 'What such a load waited for a slot and for memory.');
    const evictions = meter.createCounter('warmset.model.evictions', {
      unit: '{eviction}',
      description: 'Models that left memory, by why.',
    });
    const onInference: InferenceListener = (model, outcome, totalMs) =>
      inference.record(totalMs / MS_PER_SECOND, { [MODEL]: model, [OUTCOME]: outcome });
    const onReady = ({ name, loadMs, queuedMs }: RegistryEvents['ready']) => {
      load.record(loadMs / MS_PER_SECOND, { [MODEL]: name });
      queue.record(queuedMs / MS_PER_SECOND, { [MODEL]: name });
    };
    const onEvicted = ({ name, reason }: RegistryEvents['evicted']) =>
      evictions.add(1, { [MODEL]: name, [REASON]: reason });
    traffic.listeners.add(onInference);
    registry.on('ready', onReady).on('evicted', onEvicted);
    this.#closers.push(() => {
      traffic.listeners.delete(onInference);
      registry.off('ready', onReady).off('evicted', onEvicted);
    });
  }

  #observe(meter: Meter, registry: ModelRegistry): void {
    const models = PER_MODEL.map(([name, kind, unit, description, value]) => ({
      instrument: meter[`createObservable${kind}`](`warmset.model.${name}`, { unit, description }),
      value,
    }));
    const usage = meter.createObservableUpDownCounter('warmset.memory.usage', {
      unit: 'By',
      description: 'Bytes that models are charged, and those reserved for loads under way.',
    });
    const limit = meter.createObservableUpDownCounter('warmset.memory.limit', {
      unit: 'By',
      description: 'Bytes that models may hold together.',
    });
    const observe: BatchObservableCallback = (result) => {
      const snapshot = registry.snapshot();
      const { usedBytes, reservedBytes, budgetBytes } = snapshot.memory;
      result.observe(usage, usedBytes, { 'warmset.memory.state': 'used' });
      result.observe(usage, reservedBytes, { 'warmset.memory.state': 'reserved' });
      result.observe(limit, budgetBytes);
      for (const model of snapshot.models)
        for (const { instrument, value } of models)
          result.observe(instrument, value(model), { [MODEL]: model.name });
    };
    const observed = [usage, limit, ...models.map(({ instrument }) => instrument)];
    meter.addBatchObservableCallback(observe, observed);
    this.#closers.push(() => meter.removeBatchObservableCallback(observe, observed));
  }
}
