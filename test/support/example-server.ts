import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const examples = new URL('../../examples/', import.meta.url);

/** What a user starts, in a process of its own: an example's server, spoken to over HTTP. */
export class ExampleServer {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /**
   * Runs Node with `args` in the example's folder, on a free port, until it says where it listens.
   *
   * @param example its folder's name under `examples`
   */
  static async start(example: string, args: readonly string[]): Promise<ExampleServer> {
    const child = spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL(example, examples)),
      // What vitest sets for itself is nothing that a user's shell has.
      env: { ...process.env, NODE_ENV: undefined, PORT: '0', NEXT_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.once('exit', (code, signal) =>
        reject(new Error(`${example} ended with ${code ?? signal} before it listened.`)),
      );
      createInterface(child.stdout).on('line', (line) => {
        const [, port] = /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(line) ?? [];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      });
    });
    return new ExampleServer(child, url);
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path);
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** The processes that models live in, as the system knows them: descendants of the server's. Linux only. */
  hostPids(): number[] {
    const running = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => processOf(Number(pid)));
    const family = new Set([this.#child.pid]);
    // A parent may come later in the list than its child.
    for (let size = 0; size < family.size; ) {
      size = family.size;
      for (const { pid, parent } of running) if (family.has(parent)) family.add(pid);
    }
    return running
      .filter(({ pid, command }) => family.has(pid) && command.includes('host-main'))
      .map(({ pid }) => pid);
  }

  /** Resolves with the exit code, or the signal that ended it. */
  async stop(): Promise<number | string> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null) return exitCode;
    if (signalCode !== null) return signalCode;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const [code, signal] = (await exit) as [number | null, string | null];
    return code ?? signal ?? 'unknown';
  }
}

export function isRunning(pid: number): boolean {
  // One that has ended and was not waited for has no memory left.
  return processOf(pid).some(({ command }) => command !== '');
}

function processOf(pid: number): { pid: number; parent: number; command: string }[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it is in brackets, and may hold anything.
    const [, parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [{ pid, parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
  } catch {
    // It ended while we looked.
    return [];
  }
}
