import { systemClock } from '../clock.js';
import type { ModelDefinition } from '../definition.js';
import { messageOf, modelError } from '../errors.js';
import { GrowthWatch, type Watched } from './growth-watch.js';
import type { LoadedModel } from './host.js';
import { inlineHost } from './inline-host.js';
import { LoadTurns } from './load-turns.js';
import { type Growth, grownBytes, type MemoryMeter } from './memory-meter.js';
import { importDefinition } from './portable-module.js';
import type { DisposeReply, FromHost, LoadReply, ToHost, WireSource } from './protocol.js';
import { toWire } from './wire-error.js';

/** A measurement may miss this little of what a model holds for certain: garbage from before it that was collected meanwhile. */
const SURE_SHARE = 0.9;

export interface HostPort {
  /** @throws what cannot be cloned */
  post(message: FromHost): void;
  /** Nothing is left to do. */
  leave(): void;
}

interface HostedModel extends Watched {
  readonly name: string;
  readonly loaded: LoadedModel;
  /** For runs without a signal, so that none is made for each. */
  readonly runContext: { readonly name: string };
}

/** The host's side: carries out what a registry asks. */
export class HostServer {
  readonly #port: HostPort;
  readonly #meter: MemoryMeter;
  readonly #models = new Map<number, HostedModel>();
  readonly #aborts = new Map<number, AbortController>();
  readonly #turns = new LoadTurns();
  readonly #growth: GrowthWatch;
  #active = 0;
  #ending = false;

  constructor(port: HostPort, meter: MemoryMeter) {
    this.#port = port;
    this.#meter = meter;
    this.#growth = new GrowthWatch(meter, (hostBytes, { id, bytes }) =>
      port.post(['held', hostBytes, id, bytes]),
    );
  }

  /** Asked to end: a signal to do so is not news from a terminal or a service manager. */
  get ending(): boolean {
    return this.#ending;
  }

  start(): void {
    this.#port.post(['up', this.#meter.hostBytes()]);
  }

  receive(message: ToHost): void {
    switch (message[0]) {
      case 'run':
        return this.#run(message[1], message[2], message[3], message[4]);
      case 'load':
        return this.#do(message[1], this.#load(message[1], message[2], message[3]));
      case 'dispose':
        return this.#do(message[1], this.#dispose(message[2]));
      case 'measure':
        return this.#port.post(['ok', message[1], this.#meter.hostBytes()]);
      case 'cancel':
        return this.#aborts.get(message[1])?.abort();
      case 'ping':
        return this.#port.post(['pong']);
      case 'end':
        this.#ending = true;
        return this.#leaveWhenDone();
      default:
        return message satisfies never;
    }
  }

  /** Not `async`: a runtime that answers at once is answered for at once. */
  #run(id: number, modelId: number, input: unknown, cancellable: boolean): void {
    const model = this.#models.get(modelId);
    if (model === undefined) return this.#failed(id, new Error(`There is no model ${modelId} in this host.`));
    this.#active += 1;
    let output: unknown;
    try {
      const { name, loaded, runContext } = model;
      output = loaded.run(input, cancellable ? { name, signal: this.#signal(id) } : runContext);
    } catch (error) {
      return this.#finish(() => this.#failed(id, error));
    }
    const answer = (value: unknown) => {
      this.#answer(id, value, model.name);
      this.#growth.ran(model);
    };
    if (!isThenable(output)) return this.#finish(() => answer(output));
    Promise.resolve(output).then(
      (value) => this.#finish(() => answer(value)),
      (error) => this.#finish(() => this.#failed(id, error)),
    );
  }

  #do(id: number, work: Promise<unknown>): void {
    this.#active += 1;
    work.then(
      (value) => this.#finish(() => this.#answer(id, value, undefined)),
      (error) => this.#finish(() => this.#failed(id, error)),
    );
  }

  async #load(id: number, name: string, source: WireSource): Promise<LoadReply> {
    // Made first: a cancellation that comes during the import counts too.
    const signal = this.#signal(id);
    const definition = await importDefinition(name, source);
    this.#port.post(['imported', id]);
    const endTurn = await this.#turns.take();
    const measuring = this.#meter.begin();
    let loaded: LoadedModel;
    let growth: Growth;
    try {
      signal.throwIfAborted();
      await definition.startRuntime?.({ name });
      signal.throwIfAborted();
      measuring.start();
      loaded = await this.#loadHere(id, name, definition, signal);
    } finally {
      growth = measuring.end();
      endTurn();
    }
    return this.#loaded(id, name, loaded, growth);
  }

  #loadHere(
    id: number,
    name: string,
    definition: ModelDefinition,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const reportProgress = (fraction: number) => this.#port.post(['progress', id, fraction]);
    const context = { name, clock: systemClock, signal, reportProgress };
    return inlineHost.load(definition, context, (cause) =>
      this.#port.post(['undisposed', id, toWire(cause)]),
    );
  }

  #loaded(id: number, name: string, loaded: LoadedModel, growth: Growth): LoadReply {
    const { before, after, source } = growth;
    const { bytes: runtimeBytes, atLeastBytes = 0, signature, runtime } = loaded;
    // What a load puts where an earlier model was does not show; the runtime's own figure is then the better one.
    const grown = before && grownBytes(before, after, atLeastBytes);
    const measured = grown !== undefined && grown >= SURE_SHARE * atLeastBytes ? grown : undefined;
    const bytes = measured ?? runtimeBytes;
    this.#models.set(id, { id, name, loaded, runContext: { name }, bytes, runs: 0 });
    this.#growth.settled(after);
    return {
      bytes,
      source: measured !== undefined ? source : runtimeBytes === undefined ? undefined : 'runtime',
      runtimeBytes,
      atLeastBytes,
      signature,
      runtime,
      hostBytes: after.hostBytes,
    };
  }

  async #dispose(modelId: number): Promise<DisposeReply> {
    const measuring = this.#meter.begin();
    let growth: Growth;
    try {
      measuring.start();
      await this.#disposeOf(modelId);
    } finally {
      growth = measuring.end();
    }
    const { before, after } = growth;
    this.#growth.settled(after);
    const freedBytes = before && Math.max(0, before.hostBytes - after.hostBytes);
    return { freedBytes, hostBytes: after.hostBytes };
  }

  /** On its own, so that nothing refers to the model any more when what came back is measured. */
  #disposeOf(modelId: number): unknown {
    const model = this.#models.get(modelId);
    this.#models.delete(modelId);
    return model?.loaded.dispose();
  }

  #signal(id: number): AbortSignal {
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    return abort.signal;
  }

  #answer(id: number, value: unknown, modelName: string | undefined): void {
    try {
      this.#port.post(['ok', id, value]);
    } catch (cause) {
      const text =
        `gave a result that cannot be sent: ${messageOf(cause)} Return plain data, and arrays that are made anew in ` +
        'every run: a thread hands them over.';
      this.#failed(id, modelError('ERR_RUN_FAILED', modelName ?? '', text, { cause }));
    }
    this.#aborts.delete(id);
  }

  #failed(id: number, error: unknown): void {
    const signal = this.#aborts.get(id)?.signal;
    this.#aborts.delete(id);
    // The caller's own reason is better than a copy of the one made here.
    const aborted = signal?.aborted === true && error === signal.reason;
    this.#port.post(aborted ? ['aborted', id] : ['error', id, toWire(error)]);
  }

  #finish(answer: () => void): void {
    answer();
    this.#active -= 1;
    if (this.#ending) this.#leaveWhenDone();
  }

  #leaveWhenDone(): void {
    if (this.#active > 0) return;
    const models = [...this.#models.values()];
    this.#models.clear();
    void Promise.allSettled(models.map(async ({ loaded }) => loaded.dispose())).then(() =>
      this.#port.leave(),
    );
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
