import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startTimer, type Timer } from '../clock.js';
import { WarmsetError } from '../errors.js';
import { deathSignalPrefix } from './death-signal.js';
import { hostExecArgv, hostNodeOptions } from './exec-argv.js';
import type { RemoteHost } from './host.js';
import { type Channel, HostClient } from './host-client.js';
import type { FromHost } from './protocol.js';
import { ClientHost, type RemoteHostOptions } from './remote-host.js';
import { StderrTail } from './stderr-tail.js';
import { unpackPiped } from './transfer.js';

/** After the exit what the host wrote before is still read, but not for longer: a grandchild may hold the pipe open. */
const LAST_WORDS_MS = 500;

/**
 * Glibc gives freed memory back from this size on. With its default, which grows, a released 142 MB model left 248 MiB
 * in its host; with this 0.5 MiB.
 */
const MALLOC = { MALLOC_TRIM_THRESHOLD_: '131072' };

/**
 * Starts a child process for models.
 *
 * @throws WarmsetError `ERR_LOAD_FAILED` with the end of the child's stderr, where it does not come up
 */
export async function startProcessHost(options: RemoteHostOptions): Promise<RemoteHost> {
  const [command, ...args] = [
    ...(await deathSignalPrefix()),
    process.execPath,
    ...hostExecArgv(options.execArgv),
    fileURLToPath(options.hostFile),
  ];
  const env: NodeJS.ProcessEnv = { ...MALLOC, ...process.env, ...options.env };
  const nodeOptions = hostNodeOptions(env.NODE_OPTIONS);
  if (nodeOptions !== undefined) env.NODE_OPTIONS = nodeOptions;
  const child = spawn(command ?? process.execPath, args, {
    env,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    windowsHide: true,
  });
  return new ProcessHost(child, options).started;
}

class ProcessHost extends ClientHost {
  readonly kind = 'process';
  readonly pid: number;
  readonly gone: Promise<void>;
  readonly started: Promise<RemoteHost>;
  protected readonly client: HostClient;
  readonly #child: ChildProcess;
  readonly #options: RemoteHostOptions;
  readonly #stderr: StderrTail;
  #up: ((ownBytes: number) => void) | undefined;
  #failStart: ((why: string) => void) | undefined;
  #resolveGone: () => void = () => {};
  #ending: Promise<'ended' | 'quarantined'> | undefined;
  /** Why it was killed, where that was us. */
  #killedFor: string | undefined;
  /** How it went, from its exit on. */
  #exit: string | undefined;
  #lastWords: Timer | undefined;
  #stderrClosed = false;
  #disconnected = false;
  #isGone = false;

  constructor(child: ChildProcess, options: RemoteHostOptions) {
    super(options.clock);
    this.#child = child;
    this.#options = options;
    this.pid = child.pid ?? 0;
    const stderr = child.stderr as Socket;
    this.#stderr = new StderrTail(stderr);
    stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    this.client = new HostClient(channelOf(child), {
      ...options,
      kind: 'process',
      overdue: (why) => this.kill(why),
      held: (hostBytes, model, bytes) => this.held(hostBytes, model, bytes),
    });
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.started = this.#start();
    child.on('message', (message) => this.#receive(message as FromHost));
    child.on('error', (error) => this.#failed(error));
    child.on('exit', (code, signal) =>
      this.#exited(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    );
    child.on('disconnect', () => {
      this.#disconnected = true;
      this.#cutOff();
      this.#settleExit();
    });
    stderr.on('close', () => {
      this.#stderrClosed = true;
      this.#settleExit();
    });
  }

  end(): Promise<'ended' | 'quarantined'> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  kill(why: string): void {
    if (this.#exit !== undefined) return;
    this.#killedFor ??= why;
    this.state = 'down';
    this.client.close();
    this.#child.ref();
    this.#child.kill('SIGKILL');
  }

  protected get stderrMark(): number {
    return this.#stderr.seenBytes;
  }

  protected stderrSince(mark: number): string {
    return this.#stderr.text(mark);
  }

  #start(): Promise<RemoteHost> {
    const { clock, startTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const limit = startTimer(clock, startTimeoutMs, () =>
        this.kill(`it was not up within ${startTimeoutMs} ms`),
      );
      const over = () => {
        limit.stop();
        this.#up = undefined;
        this.#failStart = undefined;
      };
      this.#up = (ownBytes) => {
        over();
        this.ownBytes = ownBytes;
        this.bytes = ownBytes;
        (this.#child.stderr as Socket).unref();
        if (this.client.inFlight === 0) unref(this.#child);
        resolve(this);
      };
      this.#failStart = (why) => {
        over();
        reject(new WarmsetError('ERR_LOAD_FAILED', `A process for models could not be started: ${why}`));
      };
    });
  }

  #receive(message: FromHost): void {
    if (message[0] === 'ok') message[2] = unpackPiped(message[2]);
    this.client.receive(message);
    if (message[0] === 'up') this.#up?.(message[1]);
  }

  async #end(): Promise<'ended'> {
    const { clock, stopTimeoutMs } = this.#options;
    if (this.#isGone) return 'ended';
    this.#child.ref();
    if (this.state === 'up') this.client.askToEnd();
    const kills = [
      startTimer(clock, stopTimeoutMs, () => this.#child.kill('SIGTERM')),
      startTimer(clock, 2 * stopTimeoutMs, () => this.#child.kill('SIGKILL')),
    ];
    await this.gone;
    for (const timer of kills) timer.stop();
    return 'ended';
  }

  /** Its channel was closed: because it exits, as a rule. Else it is of no use any more, and is killed. */
  #cutOff(): void {
    if (this.#exit !== undefined || this.#ending !== undefined) return;
    this.state = 'down';
    this.client.close();
    this.#child.ref();
    this.#lastWords = startTimer(this.#options.clock, LAST_WORDS_MS, () =>
      this.kill('its channel was closed'),
    );
  }

  /** It could not be spawned, signalled, or written to. */
  #failed(error: Error): void {
    if (this.#child.pid === undefined) {
      this.#stderrClosed = true;
      this.#disconnected = true;
      this.#exited(`was not started: ${error.message}`);
    } else if (this.#ending === undefined && this.state === 'up')
      this.kill(`its channel failed: ${error.message}`);
  }

  #exited(how: string): void {
    this.#exit = how;
    this.state = 'down';
    this.client.close();
    // Its last answers and last words may still be on their way.
    this.#lastWords?.stop();
    this.#lastWords = startTimer(this.#options.clock, LAST_WORDS_MS, () => this.#goneNow());
    this.#settleExit();
  }

  #settleExit(): void {
    if (this.#exit !== undefined && this.#stderrClosed && this.#disconnected) this.#goneNow();
  }

  #goneNow(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#lastWords?.stop();
    const { pid } = this;
    const cause = this.#killedFor === undefined ? '' : `, since ${this.#killedFor}`;
    const why = `process ${pid} ${this.#exit}${cause}.${this.#stderr.text()}`;
    this.bytes = 0;
    this.client.fail(why);
    this.#failStart?.(why);
    this.#resolveGone();
    if (this.#ending === undefined) this.onDown?.(why);
  }
}

function channelOf(child: ChildProcess): Channel {
  return {
    send: (message) => void child.send(message),
    ref: () => {
      child.ref();
      child.channel?.ref();
    },
    unref: () => unref(child),
  };
}

/** An idle host keeps no server alive. */
function unref(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}
