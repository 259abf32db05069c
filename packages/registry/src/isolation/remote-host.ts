import type { Clock } from '../clock.js';
import type { LoadContext, ModelDefinition, RunContext } from '../definition.js';
import { modelError } from '../errors.js';
import type { LoadedModel, RemoteHost } from './host.js';
import type { HostClient } from './host-client.js';
import type { DisposeReply, LoadReply } from './protocol.js';
import { remoteModel } from './remote-model.js';

export interface RemoteHostOptions {
  readonly clock: Clock;
  /** The built host-main.js. */
  readonly hostFile: URL;
  readonly startTimeoutMs: number;
  /** How often a host with nothing in flight is pinged. */
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  readonly runTimeoutMs: number;
  /** For each step of ending. */
  readonly stopTimeoutMs: number;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly execArgv?: readonly string[] | undefined;
}

/** What both kinds of host have in common: models by their ids, and figures. */
export abstract class ClientHost implements RemoteHost {
  abstract readonly kind: 'thread' | 'process';
  abstract readonly pid: number;
  protected abstract readonly client: HostClient;
  /** What the host wrote to stderr since the mark. */
  protected abstract stderrSince(mark: number): string;
  protected abstract readonly stderrMark: number;
  /** Resolves when it is gone, also out of quarantine. */
  abstract readonly gone: Promise<void>;
  abstract end(): Promise<'ended' | 'quarantined'>;
  abstract kill(why: string): void;

  readonly startedAt: number;
  state: 'up' | 'quarantined' | 'down' = 'up';
  onDown: ((why: string) => void) | undefined;
  onMeasured: (() => void) | undefined;
  ownBytes = 0;
  bytes = 0;
  /** What its models hold, where known: all that can be told of a thread, which shares its process's memory. */
  readonly #held = new Map<number, number | undefined>();

  constructor(clock: Clock) {
    this.startedAt = clock.now();
  }

  get inFlight(): number {
    return this.client.inFlight;
  }

  get runs(): number {
    return this.client.runs;
  }

  async measure(): Promise<number> {
    this.#measured(await this.client.measure());
    return this.bytes;
  }

  /** @param hostBytes 0 where the host cannot tell */
  #measured(hostBytes: number): void {
    const held = [...this.#held.values()];
    const sum = held.reduce<number>((bytes, more) => bytes + (more ?? 0), this.ownBytes);
    this.bytes = hostBytes > 0 ? hostBytes : held.includes(undefined) ? 0 : sum;
  }

  /** It has measured itself after runs. */
  protected held(hostBytes: number, model: number, bytes: number | undefined): void {
    // A model that has been disposed of since is not in it any more.
    if (bytes !== undefined && this.#held.has(model)) this.#held.set(model, bytes);
    this.#measured(hostBytes);
    this.onMeasured?.();
  }

  async load(
    { portable }: ModelDefinition,
    context: LoadContext,
    undisposed: (cause: unknown) => void,
  ): Promise<LoadedModel> {
    const { name } = context;
    if (portable === undefined) {
      const text = `cannot be loaded in a ${this.kind}: its definition is not portable.`;
      throw modelError('ERR_MODEL_INVALID', name, text, { retriable: false });
    }
    const mark = this.stderrMark;
    const { id, reply } = this.client.load(portable, context, undisposed);
    try {
      return this.#loaded(id, name, await reply);
    } catch (error) {
      throw this.#withStderr(error, mark);
    }
  }

  #loaded(id: number, name: string, reply: LoadReply): LoadedModel {
    const { client } = this;
    const { bytes, source, runtimeBytes, atLeastBytes, signature, runtime } = reply;
    this.#held.set(id, bytes);
    this.#measured(reply.hostBytes);
    return {
      model: remoteModel(name, this.kind, (input, signal) => client.run(id, name, input, signal)),
      bytes,
      ...(source !== undefined && { source }),
      heldBytes: () => this.#held.get(id),
      runtimeBytes,
      atLeastBytes,
      signature,
      runtime,
      isolation: this.kind,
      run: (input: unknown, { signal }: RunContext) => client.run(id, name, input, signal),
      dispose: () => this.#dispose(id, name),
    };
  }

  /** Where the host goes down meanwhile, the model has gone with it; a quarantined one still holds it. */
  async #dispose(id: number, name: string): Promise<number | undefined> {
    let reply: DisposeReply | undefined;
    try {
      reply = await this.client.dispose(id, name);
    } catch (error) {
      if (this.state === 'up') throw error;
      await this.gone;
      return undefined;
    }
    this.#held.delete(id);
    this.#measured(reply.hostBytes);
    return reply.freedBytes;
  }

  /** What a library printed as it failed to start often says more than its error. */
  #withStderr(error: unknown, mark: number): unknown {
    const text = this.stderrSince(mark);
    if (text === '' || !(error instanceof Error) || error.message.includes(text)) return error;
    const { code } = error as { code?: unknown };
    if (code === 'ERR_LOAD_FAILED') error.message += text;
    return error;
  }
}
