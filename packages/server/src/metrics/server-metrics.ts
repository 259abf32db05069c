import type { EvictionReason, ModelRegistry } from '@warmset/registry';
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Traffic } from '../infer/traffic.js';
import type { Settings } from '../options.js';
import { registerSnapshotMetrics } from './snapshot-metrics.js';

/** Seconds: a hit of a small model to a request that waited for a large one. */
const INFERENCE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const LOAD_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

const MS_PER_SECOND = 1_000;

/** The metrics of one server, in a registry of its own unless the user brought one. */
export class ServerMetrics {
  readonly registry: Registry;
  readonly #unsubscribe: () => void;

  constructor(models: ModelRegistry, traffic: Traffic, { registry, defaults }: Settings['metrics']) {
    this.registry = registry ?? new Registry();
    const registers = [this.registry];
    if (defaults === true) collectDefaultMetrics({ register: this.registry });
    registerSnapshotMetrics(models, registers);

    const seconds = new Histogram({
      name: 'warmset_inference_duration_seconds',
      help: 'Time from the first byte of a request to its answer, waiting for the model included.',
      labelNames: ['model', 'outcome'] as const,
      buckets: INFERENCE_BUCKETS,
      registers,
    });
    // A labelled child is looked up once, not at every request.
    const children = new Map<string, ReturnType<typeof seconds.labels>>();
    traffic.listeners.add((model, outcome, totalMs) => {
      const key = `${outcome} ${model}`;
      let child = children.get(key);
      if (child === undefined) {
        child = seconds.labels({ model, outcome });
        children.set(key, child);
      }
      child.observe(totalMs / MS_PER_SECOND);
    });

    const loads = new Histogram({
      name: 'warmset_model_load_duration_seconds',
      help: 'Time a successful load took, its wait for a slot and memory not included.',
      labelNames: ['model'] as const,
      buckets: LOAD_BUCKETS,
      registers,
    });
    const evictions = new Counter({
      name: 'warmset_model_evictions_by_reason_total',
      help: 'Models that left memory, by why.',
      labelNames: ['model', 'reason'] as const,
      registers,
    });
    const onReady = ({ name, loadMs }: { name: string; loadMs: number }) =>
      loads.observe({ model: name }, loadMs / MS_PER_SECOND);
    const onEvicted = ({ name, reason }: { name: string; reason: EvictionReason }) =>
      evictions.inc({ model: name, reason });
    models.on('ready', onReady);
    models.on('evicted', onEvicted);
    this.#unsubscribe = () => {
      models.off('ready', onReady);
      models.off('evicted', onEvicted);
    };
  }

  close(): void {
    this.#unsubscribe();
  }
}
