import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** No aliases here: what is tested is what the tarballs hold. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/packed/*.test.ts'],
    // npm installs from the registry, once for all tests.
    hookTimeout: 300_000,
    testTimeout: 60_000,
  },
});
