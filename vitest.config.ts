import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`./packages/${path}`, import.meta.url));

/** What every test file that skips for the same reason says. */
const NOTICE = /^The tests .* are skipped: /;
const shown = new Set<string>();

export default defineConfig({
  resolve: {
    // Tests run on the sources, so a failing test never means a stale build.
    alias: [
      { find: /^@warmset\/registry$/, replacement: source('registry/src/index.ts') },
      { find: /^@warmset\/registry\/adapter$/, replacement: source('registry/src/adapter.ts') },
      { find: /^@warmset\/registry\/testing$/, replacement: source('registry/src/testing/index.ts') },
      { find: /^@warmset\/adapters-onnx$/, replacement: source('adapters-onnx/src/index.ts') },
      { find: /^@warmset\/adapters-tfjs$/, replacement: source('adapters-tfjs/src/index.ts') },
      { find: /^@warmset\/adapters-remote$/, replacement: source('adapters-remote/src/index.ts') },
      { find: /^@warmset\/open-inference$/, replacement: source('open-inference/src/index.ts') },
      { find: /^@warmset\/server$/, replacement: source('server/src/index.ts') },
      { find: /^@warmset\/server\/express$/, replacement: source('server/src/mounts/express.ts') },
      { find: /^@warmset\/server\/fastify$/, replacement: source('server/src/mounts/fastify.ts') },
      { find: /^@warmset\/server\/node$/, replacement: source('server/src/mounts/node.ts') },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Tested apart: the packed packages need the npm registry and a minute, the pages in a browser need Chromium.
    exclude: ['**/node_modules/**', 'test/packed/**', 'test/browser/**'],
    // Processes, not threads: the ML runtimes are native add-ons that share one state per process.
    pool: 'forks',
    // A shell that says "production" would turn off the checks that only throw in tests.
    env: { NODE_ENV: 'test' },
    // Each file has a process of its own, so only here is it known that another one has said so.
    onConsoleLog(text) {
      const lines = text.trimEnd().split('\n');
      if (lines.every((line) => NOTICE.test(line) && shown.has(line))) return false;
      for (const line of lines) if (NOTICE.test(line)) shown.add(line);
      return undefined;
    },
    coverage: {
      provider: 'v8',
      include: ['packages/registry/src/**'],
      // The hosts' own side runs in processes and threads that no instrument sees; the tests of isolation drive it there.
      exclude: [
        'packages/registry/src/isolation/{host-main,host-server,memory-meter,portable-module}.ts',
        'packages/registry/src/memory/private-bytes.ts',
      ],
      reporter: ['text', 'json-summary'],
      thresholds: { branches: 95 },
    },
  },
});
