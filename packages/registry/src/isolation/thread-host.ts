import { Worker } from 'node:worker_threads';
import { startTimer } from '../clock.js';
import { messageOf, WarmsetError } from '../errors.js';
import { hostExecArgv } from './exec-argv.js';
import type { RemoteHost } from './host.js';
import { type Channel, HostClient } from './host-client.js';
import type { FromHost, ToHost } from './protocol.js';
import { ClientHost, type RemoteHostOptions } from './remote-host.js';
import { StderrTail } from './stderr-tail.js';
import { packInput } from './transfer.js';

/**
 * Starts a worker thread for models. It is never terminated while it may be in a native call, since that would abort
 * the server: where it does not end by itself, it is quarantined.
 *
 * @throws WarmsetError `ERR_LOAD_FAILED` with the end of its stderr, where it does not come up
 */
export async function startThreadHost(options: RemoteHostOptions): Promise<RemoteHost> {
  const rssBefore = process.memoryUsage.rss();
  const worker = new Worker(options.hostFile, {
    name: 'warmset-host',
    ...execArgvOption(options.execArgv),
    ...(options.env !== undefined && { env: { ...process.env, ...options.env } }),
  });
  return new ThreadHost(worker, options, rssBefore).started;
}

/** A thread inherits what its process was started with by itself; handed over, only some of it is allowed. */
function execArgvOption(given: readonly string[] | undefined): { execArgv?: string[] } {
  if (given !== undefined) return { execArgv: [...given] };
  // The only one that a file does not start with.
  return process.execArgv.some((arg) => arg.startsWith('--input-type')) ? { execArgv: hostExecArgv() } : {};
}

class ThreadHost extends ClientHost {
  readonly kind = 'thread';
  readonly pid = process.pid;
  readonly threadId: number;
  readonly gone: Promise<void>;
  readonly started: Promise<RemoteHost>;
  protected readonly client: HostClient;
  readonly #worker: Worker;
  readonly #options: RemoteHostOptions;
  readonly #stderr: StderrTail;
  #up: (() => void) | undefined;
  #failStart: ((why: string) => void) | undefined;
  #resolveGone: () => void = () => {};
  #ending: Promise<'ended' | 'quarantined'> | undefined;
  #error: unknown;

  constructor(worker: Worker, options: RemoteHostOptions, rssBefore: number) {
    super(options.clock);
    this.#worker = worker;
    this.#options = options;
    this.threadId = worker.threadId;
    // Listened to beside Node's own passing on: with `stderr: true` the stream would keep an idle server alive.
    this.#stderr = new StderrTail(worker.stderr);
    this.client = new HostClient(channelOf(worker), {
      ...options,
      kind: 'thread',
      overdue: (why) => this.kill(why),
      held: (hostBytes, model, bytes) => this.held(hostBytes, model, bytes),
    });
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.started = this.#start(rssBefore);
    worker.on('message', (message: FromHost) => this.#receive(message));
    worker.on('error', (error) => {
      this.#error = error;
    });
    worker.on('exit', (code) => this.#exited(code));
  }

  end(): Promise<'ended' | 'quarantined'> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  kill(why: string): void {
    if (this.state !== 'up') return;
    this.#quarantine(why);
    this.onDown?.(why);
  }

  protected get stderrMark(): number {
    return this.#stderr.seenBytes;
  }

  protected stderrSince(mark: number): string {
    return this.#stderr.text(mark);
  }

  #start(rssBefore: number): Promise<RemoteHost> {
    const { clock, startTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const limit = startTimer(clock, startTimeoutMs, () => {
        this.#failStart?.(`it was not up within ${startTimeoutMs} ms`);
        // It runs nothing yet but our own file.
        void this.#worker.terminate();
      });
      const over = () => {
        limit.stop();
        this.#up = undefined;
        this.#failStart = undefined;
      };
      this.#up = () => {
        over();
        this.ownBytes = Math.max(0, process.memoryUsage.rss() - rssBefore);
        this.bytes = this.ownBytes;
        if (this.client.inFlight === 0) this.#worker.unref();
        resolve(this);
      };
      this.#failStart = (why) => {
        over();
        reject(
          new WarmsetError('ERR_LOAD_FAILED', `A thread for models could not be started: ${why}`, {
            ...(this.#error !== undefined && { cause: this.#error }),
          }),
        );
      };
    });
  }

  #receive(message: FromHost): void {
    if (message[0] === 'up') this.#up?.();
    // Nothing is in flight in it any more, so ending it now is safe, whatever a model has left open.
    if (message[0] === 'ended') return void this.#worker.terminate();
    this.client.receive(message);
  }

  async #end(): Promise<'ended' | 'quarantined'> {
    if (this.state === 'down') return 'ended';
    this.#worker.ref();
    if (this.state === 'up') this.client.askToEnd();
    const { clock, stopTimeoutMs } = this.#options;
    return new Promise((resolve) => {
      const limit = startTimer(clock, stopTimeoutMs, () => {
        this.#quarantine(`it did not finish within ${stopTimeoutMs} ms of being asked to end`);
        this.#worker.unref();
        resolve('quarantined');
      });
      void this.gone.then(() => {
        limit.stop();
        resolve('ended');
      });
    });
  }

  /** It ends by itself, should it ever come back from what it does. */
  #quarantine(why: string): void {
    if (this.state === 'up' && this.#ending === undefined) this.client.askToEnd();
    this.state = 'quarantined';
    this.client.fail(`${why}; thread ${this.threadId} is in quarantine.${this.#stderr.text()}`);
  }

  #exited(code: number): void {
    const wasUp = this.state === 'up';
    this.state = 'down';
    this.bytes = 0;
    const error = this.#error === undefined ? '' : `: ${messageOf(this.#error)}`;
    const why = `thread ${this.threadId} exited with code ${code}${error}.${this.#stderr.text()}`;
    this.client.fail(why);
    this.#failStart?.(why);
    this.#resolveGone();
    if (wasUp && this.#ending === undefined) this.onDown?.(why);
  }
}

function channelOf(worker: Worker): Channel {
  return {
    send: (message) => post(worker, message),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
  };
}

function post(worker: Worker, message: ToHost): void {
  if (message[0] !== 'run') return worker.postMessage(message);
  const transfer: ArrayBuffer[] = [];
  message[3] = packInput(message[3], transfer);
  worker.postMessage(message, transfer);
}
