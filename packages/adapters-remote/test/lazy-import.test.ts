import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { open, serve } from './support/open.js';

it('imports no undici before a first load', async () => {
  const cached = () =>
    Object.keys(createRequire(import.meta.url).cache).filter((path) => /node_modules\/undici\//.test(path))
      .length;
  const { url } = await serve();
  const { registry } = open({ url, model: 'm' });
  expect(registry.snapshot().models).toHaveLength(1);
  expect(cached()).toBe(0);
  await registry.load('heart');
  expect(cached()).toBeGreaterThan(0);
});
