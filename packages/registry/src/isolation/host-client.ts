import type { LoadContext, PortableSource } from '../definition.js';
import { messageOf, modelError, WarmsetError } from '../errors.js';
import { applicationPlaces } from './host-file.js';
import { HostWatch, type Watched, type WatchOptions } from './host-watch.js';
import type { DisposeReply, FromHost, LoadReply, ToHost } from './protocol.js';
import { fromWire } from './wire-error.js';

/** The way to a host. */
export interface Channel {
  /** @throws what cannot be cloned */
  send(message: ToHost): void;
  /** Keeps the process alive, since a caller waits for an answer. */
  ref(): void;
  unref(): void;
}

interface Pending {
  readonly modelName: string;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
  readonly kind: ToHost[0];
  readonly load: LoadListener | undefined;
}

interface LoadListener {
  reportProgress(fraction: number): void;
  undisposed(cause: unknown): void;
}

interface Request {
  readonly modelName: string;
  readonly message: ToHost;
  readonly signal?: AbortSignal | undefined;
  readonly onAbort?: (() => void) | undefined;
  readonly load?: LoadListener;
  /** What an input or an option that cannot be cloned is. */
  readonly uncloneable: 'ERR_INPUT_INVALID' | 'ERR_MODEL_INVALID';
}

export interface HostClientOptions extends WatchOptions {
  readonly kind: 'thread' | 'process';
  /** The host hangs. */
  overdue(why: string): void;
  /** The host has measured itself and the model that ran. */
  held(hostBytes: number, model: number, bytes: number | undefined): void;
}

/** The server's side of a host: who waits for which answer. */
export class HostClient implements Watched {
  readonly #channel: Channel;
  readonly #options: HostClientOptions;
  readonly #watch: HostWatch;
  readonly #pending = new Map<number, Pending>();
  /** Loads whose definition's module is being imported. */
  readonly #importing = new Set<number>();
  #lastId = 0;
  /** Nothing is sent any more. */
  #closed = false;
  #failure: string | undefined;
  heard = 0;
  runs = 0;

  constructor(channel: Channel, options: HostClientOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#watch = new HostWatch(options, this);
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  get oldest(): number | undefined {
    // Loads have a limit of their own, which the registry keeps.
    for (const [id, { kind }] of this.#pending) if (kind !== 'load') return id;
    return undefined;
  }

  /** @returns the model's id in the host, and the answer */
  load(source: PortableSource, context: LoadContext, undisposed: (cause: unknown) => void) {
    const { name, signal } = context;
    const id = this.#nextId();
    const wire = { ...pick(source), from: applicationPlaces() };
    const onAbort = () => {
      this.#tell(['cancel', id]);
      // A loader that loops for ever keeps its host from hearing anything.
      if (isTimeout(signal.reason)) this.#watch.check(' after a load past its limit was cancelled');
    };
    const reply = this.#request<LoadReply>(id, {
      modelName: name,
      message: ['load', id, name, wire],
      signal,
      onAbort,
      load: { reportProgress: (fraction) => context.reportProgress(fraction), undisposed },
      uncloneable: 'ERR_MODEL_INVALID',
    });
    return { id, reply };
  }

  /** Settles when the host answers, also where the signal aborts: the model is in use for as long. */
  run(model: number, modelName: string, input: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const id = this.#nextId();
    return this.#request(id, {
      modelName,
      message: ['run', id, model, input, signal !== undefined],
      signal,
      onAbort: signal && (() => this.#tell(['cancel', id])),
      uncloneable: 'ERR_INPUT_INVALID',
    });
  }

  dispose(model: number, modelName: string): Promise<DisposeReply> {
    const id = this.#nextId();
    const message: ToHost = ['dispose', id, model];
    return this.#request(id, { modelName, message, uncloneable: 'ERR_MODEL_INVALID' });
  }

  /** What the host holds, in bytes. */
  measure(): Promise<number> {
    const id = this.#nextId();
    const message: ToHost = ['measure', id];
    return this.#request(id, { modelName: '', message, uncloneable: 'ERR_MODEL_INVALID' });
  }

  ping(): void {
    this.#tell(['ping']);
  }

  overdue(why: string): void {
    this.#options.overdue(why);
  }

  /** Asks the host to finish what it has begun and to leave. */
  askToEnd(): void {
    this.#tell(['end']);
  }

  receive(message: FromHost): void {
    this.heard += 1;
    switch (message[0]) {
      case 'ok':
        return this.#settle(message[1])?.resolve(message[2] as never);
      case 'error':
        return this.#settle(message[1])?.reject(fromWire(message[2]));
      case 'aborted': {
        const pending = this.#settle(message[1]);
        return pending?.reject(pending.signal?.reason);
      }
      case 'imported':
        this.#importing.delete(message[1]);
        return;
      case 'progress':
        return this.#pending.get(message[1])?.load?.reportProgress(message[2]);
      case 'undisposed':
        return this.#pending.get(message[1])?.load?.undisposed(fromWire(message[2]));
      case 'held':
        return this.#options.held(message[1], message[2], message[3]);
      case 'up':
        return this.#watch.start();
      case 'pong':
      case 'ended':
        return;
      default:
        return message satisfies never;
    }
  }

  /** Sends nothing any more; who waits and who comes now is told why by {@link fail}. */
  close(): void {
    this.#closed = true;
    this.#watch.stop();
  }

  /** The host is gone: tells everybody who waits for it, and everybody who still comes. */
  fail(why: string): void {
    this.close();
    this.#failure = why;
    for (const id of [...this.#pending.keys()]) {
      const importing = this.#importing.delete(id);
      const pending = this.#settle(id);
      pending?.reject(
        this.#crashed(pending.modelName, why, importing ? 'ERR_LOAD_FAILED' : 'ERR_MODEL_CRASHED'),
      );
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #request<T>(id: number, request: Request): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { modelName, message, signal, onAbort, load } = request;
      if (this.#failure !== undefined) return reject(this.#crashed(modelName, this.#failure));
      if (!this.#closed) {
        try {
          this.#channel.send(message);
        } catch (cause) {
          return reject(this.#unsendable(request, cause));
        }
      }
      if (this.#pending.size === 0) this.#channel.ref();
      if (message[0] === 'load') this.#importing.add(id);
      this.#pending.set(id, { modelName, resolve, reject, signal, onAbort, kind: message[0], load });
      if (message[0] !== 'load') this.#watch.sent();
      if (signal === undefined || onAbort === undefined) return;
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort);
    });
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#importing.delete(id);
    if (pending.kind === 'run') this.runs += 1;
    if (this.#pending.size === 0) this.#channel.unref();
    if (pending.onAbort !== undefined) pending.signal?.removeEventListener('abort', pending.onAbort);
    return pending;
  }

  /** Sends what nobody waits for an answer to. */
  #tell(message: ToHost): void {
    if (!this.#closed) this.#channel.send(message);
  }

  #unsendable({ modelName, uncloneable }: Request, cause: unknown): WarmsetError {
    const what = uncloneable === 'ERR_INPUT_INVALID' ? 'its input' : 'the options of its definition';
    return modelError(
      uncloneable,
      modelName,
      `lives in a ${this.#options.kind}, and ${what} cannot be sent there: ${messageOf(cause)} Send plain data and ` +
        "typed arrays, or use `isolation: 'inline'`.",
      { cause, retriable: false },
    );
  }

  /** @param code a module that ends its host as it is imported is no model that crashed */
  #crashed(
    modelName: string,
    why: string,
    code: 'ERR_MODEL_CRASHED' | 'ERR_LOAD_FAILED' = 'ERR_MODEL_CRASHED',
  ): WarmsetError {
    const { kind } = this.#options;
    const what =
      code === 'ERR_LOAD_FAILED' ? `ended its ${kind} as it was imported` : `was lost with its ${kind}`;
    return modelError(code, modelName, `${what}: ${why}`);
  }
}

function pick({ module, export: exported, options }: PortableSource): PortableSource {
  return { module, export: exported, options };
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof WarmsetError && reason.code === 'ERR_LOAD_TIMEOUT';
}
