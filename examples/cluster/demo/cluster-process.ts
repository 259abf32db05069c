import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { familyMemory } from './memory.js';

/** Whether the workers share one set of models, or each holds its own. */
export type Sharing = 'shared' | 'own';

export interface Prediction {
  readonly risk: number;
  readonly worker: string;
  readonly ms: number;
}

/** The example's server with all its processes, spoken to over HTTP as any client would. */
export class ClusterProcess {
  readonly #child: ChildProcess;
  readonly #port: number;
  // A connection for each request: the primary hands out connections, and every worker is to get some.
  readonly #agent = new Agent({ keepAlive: false });

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(sharing: Sharing, workers: number): Promise<ClusterProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'server.ts'], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, PORT: '0', MODELS: sharing, WORKERS: String(workers) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)));
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const found = /http:\/\/localhost:(\d+)/.exec(text)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
    });
    return new ClusterProcess(child, port);
  }

  /** Bytes that the server and all that it started hold for themselves. */
  memory(): { bytes: number; processes: number } {
    return familyMemory(this.#child.pid ?? 0);
  }

  async health(): Promise<string> {
    const { worker } = await this.#ask('GET', '/health');
    return worker;
  }

  async predict(model: string, features: unknown): Promise<Prediction> {
    const startedAt = performance.now();
    const { body, worker } = await this.#ask('POST', `/models/${model}/run`, { input: features });
    const { output } = JSON.parse(body) as { output: { risk: number } };
    return { risk: output.risk, worker, ms: performance.now() - startedAt };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }

  #ask(method: string, path: string, json?: unknown): Promise<{ body: string; worker: string }> {
    const headers = { 'content-type': 'application/json' };
    const where = { host: '127.0.0.1', port: this.#port, path, method, headers, agent: this.#agent };
    return new Promise((resolve, reject) => {
      const asked = request(where, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => {
          if (response.statusCode === 200) resolve({ body, worker: String(response.headers['x-worker']) });
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${body}`));
        });
      });
      asked.on('error', reject);
      asked.end(json === undefined ? undefined : JSON.stringify(json));
    });
  }
}
