import { type ChildProcess, spawn } from 'node:child_process';
import type { MemoryBox } from './memory-box.js';

/** How a process ended: with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Of its stderr the end is kept. */
const STDERR_CHARS = 4_000;

/** A server in a box, spoken to over HTTP as any client would. */
export class BoxedServer {
  /** Its URL once it listens; `undefined` where it ended first. */
  readonly listening: Promise<string | undefined>;
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  #loaded = 0;
  #stderr = '';

  constructor(box: MemoryBox, script: string, env: Record<string, string>) {
    const [command, ...args] = box.commandFor([process.execPath, script]);
    const child = spawn(command, args, {
      env: { ...process.env, ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.listening = new Promise((resolve) => {
      child.once('exit', () => resolve(undefined));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const url = /listening on (\S+)/.exec(text)?.[1];
        if (url !== undefined) resolve(url);
        for (const [, count] of text.matchAll(/^loaded (\d+)$/gm)) this.#loaded = Number(count);
      });
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS);
    });
  }

  /** How many models it began to load or has loaded, where it says so. */
  get loaded(): number {
    return this.#loaded;
  }

  /** The end of what it wrote to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Asks it to end, as a container's runtime would. */
  stop(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}
