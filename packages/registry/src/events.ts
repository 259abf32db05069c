import { EventEmitter } from 'node:events';
import type { Clock } from './clock.js';
import type { ModelState } from './entry-state.js';
import { messageOf, type WarmsetError } from './errors.js';
import type { MemorySource } from './status.js';

/**
 * Why a model left memory: `pressure` is for the room of another model in the budget, `memory-pressure` since the system had
 * less available than `memory.floorBytes`, `deficit` since more was charged than the budget; `cancelled` is a copy that was
 * ready after its last caller had left.
 */
export type EvictionReason =
  | 'pressure'
  | 'memory-pressure'
  | 'deficit'
  | 'idle'
  | 'request'
  | 'reload'
  | 'unregister'
  | 'cancelled'
  | 'close';

/** What happens in a registry; `at` is in milliseconds on its clock. */
export interface RegistryEvents {
  /** Any change of a model's state. */
  state: { name: string; from: ModelState; to: ModelState; at: number };
  /** A loader reported how far it is, 0 to 1. */
  progress: { name: string; fraction: number; at: number };
  /** A model is usable. */
  ready: { name: string; loadMs: number; queuedMs: number; bytes: number; source: MemorySource; at: number };
  /** A try to load failed; `retryAt` is when the next one may be made. */
  failed: { name: string; error: WarmsetError; retryAt?: number; at: number };
  /** A model is gone from memory. `freedBytes` is 0 where nothing was measured. */
  evicted: { name: string; reason: EvictionReason; freedBytes: number; waitedMs: number; at: number };
  /** A new copy took over from the old one. */
  swapped: { name: string; at: number };
  /**
   * Something that no caller is told of: a dispose that failed, a memory limit that cannot be read. `kind` is `unlimited`
   * where it says only that no container limits the memory, as usual on a machine of one's own.
   */
  warning: { name?: string; message: string; cause?: unknown; kind?: 'unlimited'; at: number };
  /** The registry is closed. */
  closed: { at: number };
}

export type RegistryListener<E extends keyof RegistryEvents> = (event: RegistryEvents[E]) => void;

/** An emitter that a listener cannot break: what it throws becomes a process warning. */
export class RegistryEmitter {
  readonly #emitter = new EventEmitter();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  on<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): void {
    this.#emitter.on(event, listener);
  }

  once<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): void {
    this.#emitter.once(event, listener);
  }

  off<E extends keyof RegistryEvents>(event: E, listener: RegistryListener<E>): void {
    this.#emitter.off(event, listener);
  }

  /** Stamps the event and tells its listeners. */
  emit<E extends keyof RegistryEvents>(event: E, facts: Omit<RegistryEvents[E], 'at'>): void {
    const payload = { ...facts, at: this.#clock.now() };
    for (const listener of this.#emitter.rawListeners(event)) {
      const failed = (error: unknown) =>
        process.emitWarning(`A listener for "${event}" threw: ${messageOf(error)}`, 'WarmsetWarning');
      try {
        const heard: unknown = listener.call(this.#emitter, payload);
        // An async listener is one too; what it rejects with must not end the process.
        if (heard instanceof Promise) heard.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  has(event: keyof RegistryEvents): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  clear(): void {
    this.#emitter.removeAllListeners();
  }
}
