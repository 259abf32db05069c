import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What `/model-status` says of one model, as far as the demo reads it. */
export interface ModelReport {
  state: string;
  loads: number;
  loadFailures: number;
  evictions: number;
  load?: { lastMs: number };
  memory: { bytes: number; source: string; estimatedBytes?: number };
  runtime?: string;
  decisions: { at: number; kind: string; reason: string; numbers: Record<string, number> }[];
}

/** What `/memory-status` says, as far as the demo reads it. */
export interface MemoryReport {
  process_memory: { rss_mb: number };
  budget: { bytes: number; used_bytes: number; reserved_bytes: number };
}

/** The example server in a process of its own, spoken to over HTTP as any client would. */
export class ServerProcess {
  readonly listeningMs: number;
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string, listeningMs: number) {
    this.#child = child;
    this.#url = url;
    this.listeningMs = listeningMs;
  }

  /** Starts the server on a free port and waits until it listens. */
  static async start(env: Record<string, string> = {}): Promise<ServerProcess> {
    const script = fileURLToPath(new URL('../server.ts', import.meta.url));
    const startedAt = performance.now();
    const child = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, ...env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const found = /http:\/\/localhost:(\d+)/.exec(text)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    });
    return new ServerProcess(child, `http://127.0.0.1:${port}`, performance.now() - startedAt);
  }

  async predict(model: string, features: unknown): Promise<{ risk: number; ms: number }> {
    const startedAt = performance.now();
    const response = await fetch(`${this.#url}/predict/${model}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(features),
    });
    const body = await response.text();
    if (!response.ok) throw new Error(`POST /predict/${model} answered ${response.status}: ${body}`);
    const { risk } = JSON.parse(body) as { risk: number };
    return { risk, ms: performance.now() - startedAt };
  }

  models(): Promise<Record<string, ModelReport>> {
    return this.#get('/model-status');
  }

  memory(): Promise<MemoryReport> {
    return this.#get('/memory-status');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }

  async #get<T>(path: string): Promise<T> {
    const response = await fetch(this.#url + path);
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return (await response.json()) as T;
  }
}
