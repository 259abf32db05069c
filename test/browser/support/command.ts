import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { closers } from './serve.js';

const fromRoot = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** The models of the examples, and how many features each takes. */
export const FEATURES = { heart: 13, liver: 10, diabetes: 13, lung: 15 } as const;

/**
 * `warmset serve` on the models of the examples and on a file that is no model, as a user runs it: built, with real
 * runtimes in processes.
 */
export async function serveExamples(...flags: string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'warmset-browser-'));
  closers.push(async () => rmSync(folder, { recursive: true }));
  for (const name of Object.keys(FEATURES)) {
    cpSync(fromRoot(`examples/models/${name}`), join(folder, name), { recursive: true });
  }
  writeFileSync(join(folder, 'broken.onnx'), 'not a model');
  const command = fromRoot('packages/server/dist/cli/main.js');
  const child = spawn(process.execPath, [command, 'serve', folder, '--port', '0', '--json', ...flags], {
    // Where the runtimes are installed.
    cwd: fromRoot('examples/express'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code} before it listened.`)));
    createInterface(child.stdout).on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string };
      if (url !== undefined) resolve(url);
    });
  });
}

/** Asks the model so often, one request after the other. */
export async function infer(url: string, name: keyof typeof FEATURES, times: number): Promise<void> {
  const data = Array.from({ length: FEATURES[name] }, () => 0);
  const body = JSON.stringify({
    inputs: [{ name: 'features', datatype: 'FP32', shape: [1, data.length], data }],
  });
  for (let count = 0; count < times; count += 1) {
    const response = await fetch(`${url}/v2/models/${name}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}: ${response.status} ${text}`);
  }
}
