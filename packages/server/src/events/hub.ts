import { randomBytes } from 'node:crypto';
import type { ModelRegistry, RegistryEvents } from '@warmset/registry';
import { HttpError } from '../http/http-error.js';
import { safeText } from '../http/safe-text.js';
import type { Logger } from '../logger.js';
import type { Settings } from '../options.js';
import { publicSnapshot } from '../public-snapshot.js';
import { EventLog, type LoggedEvent } from './log.js';
import { SseStream } from './sse-stream.js';

type EventName = keyof RegistryEvents;

/** What a client may know of each event: neither causes nor messages, which may name files. */
const SHOWN: { readonly [E in EventName]: (event: RegistryEvents[E]) => object } = {
  state: (event) => event,
  progress: (event) => event,
  ready: (event) => event,
  evicted: (event) => event,
  swapped: (event) => event,
  closed: (event) => event,
  failed: ({ error, ...event }) => ({ ...event, error: { code: error.code, message: safeText(error) } }),
  warning: ({ name, at }) => ({ ...(name !== undefined && { name }), at }),
};

/** Told of what happens to one model. */
export type ModelListener = (event: LoggedEvent) => void;

/** Sends what happens in the registry to whoever listens, and logs what went wrong. */
export class EventHub {
  readonly #registry: ModelRegistry;
  readonly #settings: Settings['events'];
  readonly #log = new EventLog(randomBytes(4).toString('hex'));
  readonly #clients = new Set<SseStream>();
  readonly #modelListeners = new Map<string, Set<ModelListener>>();
  readonly #unsubscribe: (() => void)[] = [];
  #timers: NodeJS.Timeout[] = [];
  /** Streams of single requests, which count against the same limit. */
  #streams = 0;

  constructor(registry: ModelRegistry, settings: Settings['events'], logger: Logger) {
    this.#registry = registry;
    this.#settings = settings;
    for (const name of Object.keys(SHOWN) as EventName[]) this.#listen(name);
    this.#on('failed', ({ name, error }) =>
      logger.error({ err: error, code: error.code, model: name }, 'a load failed'),
    );
    this.#on('warning', ({ name, message, cause, kind }) => {
      const facts = {
        ...(cause !== undefined && { err: cause }),
        ...(name !== undefined && { model: name }),
      };
      // As it is on every machine without containers, that one is no trouble.
      if (kind === 'unlimited') logger.info(facts, message);
      else logger.warn(facts, message);
    });
  }

  get clients(): number {
    return this.#clients.size + this.#streams;
  }

  /**
   * A client of `/events`: first what it missed, then a snapshot, then what happens.
   *
   * @throws HttpError 503 where there are as many clients as may be
   */
  connect(lastEventId: string | undefined): ReadableStream<Uint8Array> {
    this.#assertRoom();
    const client = new SseStream(this.#settings.bufferBytes, () => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#stopTimers();
    });
    this.#clients.add(client);
    if (this.#clients.size === 1) this.#startTimers();
    for (const event of this.#log.after(lastEventId))
      client.send(event.type, event.data, this.#log.idOf(event));
    client.send('snapshot', this.#snapshot());
    return client.body;
  }

  /**
   * A stream for one request.
   *
   * @throws HttpError 503
   */
  stream(onEnd: () => void): SseStream {
    this.#assertRoom();
    this.#streams += 1;
    return new SseStream(this.#settings.bufferBytes, () => {
      this.#streams -= 1;
      onEnd();
    });
  }

  /** Listens for what happens to one model; the result ends it. */
  watch(model: string, listener: ModelListener): () => void {
    const listeners = this.#modelListeners.get(model) ?? new Set();
    this.#modelListeners.set(model, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#modelListeners.delete(model);
    };
  }

  /** Ends every stream: one that stays open would keep the server from closing. */
  close(): void {
    for (const client of [...this.#clients]) client.close();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #assertRoom(): void {
    const { maxClients } = this.#settings;
    if (this.clients < maxClients) return;
    throw new HttpError(503, `There are ${maxClients} event streams already, as many as may be.`, {
      retryAfterMs: 10_000,
    });
  }

  #listen<E extends EventName>(name: E): void {
    this.#on(name, (event) => {
      const logged = this.#log.add(name, JSON.stringify(SHOWN[name](event)));
      const id = this.#log.idOf(logged);
      for (const client of [...this.#clients]) client.send(name, logged.data, id);
      const model = 'name' in event ? event.name : undefined;
      for (const listener of this.#modelListeners.get(model ?? '') ?? []) listener(logged);
    });
  }

  #on<E extends EventName>(name: E, listener: (event: RegistryEvents[E]) => void): void {
    this.#registry.on(name, listener);
    this.#unsubscribe.push(() => this.#registry.off(name, listener));
  }

  #startTimers(): void {
    const { snapshotMs, heartbeatMs } = this.#settings;
    const every = (ms: number, act: () => void) => {
      if (Number.isFinite(ms)) this.#timers.push(setInterval(act, ms).unref());
    };
    every(snapshotMs, () => {
      const snapshot = this.#snapshot();
      for (const client of [...this.#clients]) client.send('snapshot', snapshot);
    });
    every(heartbeatMs, () => {
      for (const client of [...this.#clients]) client.beat();
    });
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  #snapshot(): string {
    return JSON.stringify(publicSnapshot(this.#registry));
  }
}
