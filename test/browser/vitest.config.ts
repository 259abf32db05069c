import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** What a person sees, in Debian's Chromium. The sources are tested, with the page that `npm run build` made. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  ...(base.resolve && { resolve: base.resolve }),
  test: {
    include: ['test/browser/*.test.ts'],
    pool: 'forks',
    env: { NODE_ENV: 'test' },
    hookTimeout: 60_000,
    testTimeout: 60_000,
  },
});
