import { ModelRegistry, type Tensor } from '@warmset/registry';
import { FakeClock } from '@warmset/registry/testing';
import { onTestFinished } from 'vitest';
import { type RemoteModelOptions, remoteModel } from '../../src/index.js';
import { type StubOptions, type StubServer, stubServer } from './stub-server.js';

/** A server for one test. */
export async function serve(options?: StubOptions): Promise<StubServer> {
  const server = await stubServer(options);
  onTestFinished(() => server.stop());
  return server;
}

/** A registry of one remote model, on a fake clock: nothing is waited for that the test does not let pass. */
export function open(options: RemoteModelOptions, load: { retries?: number } = { retries: 0 }) {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const registry = new ModelRegistry({ models: { heart: remoteModel(options) }, clock, load });
  onTestFinished(() => registry.close());
  return { registry, clock };
}

/** What a stub's default model takes. */
export const input = {
  'FP32 value': { dtype: 'float32', shape: [1, 3], data: Float32Array.of(1, 2, 3) } as Tensor,
};

/** Waits for something that another socket's end brings about. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
