export type { Clock } from './clock.js';
export type {
  AtLeastBytes,
  EstimateContext,
  InputOf,
  LoadContext,
  ModelDefinition,
  ModelOf,
  OutputOf,
  PortableSource,
  RunContext,
} from './definition.js';
export { defineModel } from './definition.js';
export type { EvictOptions, EvictReport } from './drainer.js';
export type { ModelState } from './entry-state.js';
export type { ErrorCode } from './error-codes.js';
export { type SchemaIssue, WarmsetError, type WarmsetErrorOptions } from './errors.js';
export type { EvictionReason, RegistryEvents, RegistryListener } from './events.js';
export type { EvictionCandidate, EvictionPolicy } from './eviction/policy.js';
export type { DecisionRecord, Explanation } from './explain.js';
export type { MemorySource } from './instance.js';
export type { IsolationKind } from './isolation/host.js';
export type { PlacementPolicy } from './isolation/placement.js';
export type { Lease } from './lease.js';
export type { Priority } from './load-scheduler.js';
export type { BudgetDerivation, BudgetOption } from './memory/auto-budget.js';
export type { Deficit, LedgerEntry } from './memory/ledger.js';
export type { MemoryProbe } from './memory/probe.js';
export type { LimitSource } from './memory/system-memory.js';
export type { ModelHandle } from './model-handle.js';
export type {
  BackoffOptions,
  IsolationOptions,
  LoadOptions,
  MemoryOptions,
  ModelMap,
  RecycleOptions,
  RegistryOptions,
} from './options.js';
export { type Pipeline, type PipelineOptions, withPipeline } from './pipeline.js';
export type { PreloadOptions, PreloadProgress, PreloadReport } from './preloader.js';
export { ModelRegistry } from './registry.js';
export type { LoadTimes, RunTimes } from './stats.js';
export type { HostStatus, ModelStatus, RegistrySnapshot } from './status.js';
export type {
  DType,
  ModelSignature,
  Tensor,
  TensorDataByDType,
  TensorMap,
  TensorOf,
  TensorSpec,
} from './tensor.js';
export type { RequestOptions } from './wait-queue.js';
