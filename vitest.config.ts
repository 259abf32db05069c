import { defineConfig } from 'vitest/config';

const source = (path: string) => new URL(`./packages/${path}`, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    // Tests run on the sources, so a failing test never means a stale build.
    alias: [
      { find: /^@warmset\/registry$/, replacement: source('registry/src/index.ts') },
      { find: /^@warmset\/registry\/adapter$/, replacement: source('registry/src/adapter.ts') },
      { find: /^@warmset\/registry\/testing$/, replacement: source('registry/src/testing/index.ts') },
      { find: /^@warmset\/adapters-onnx$/, replacement: source('adapters-onnx/src/index.ts') },
      { find: /^@warmset\/adapters-tfjs$/, replacement: source('adapters-tfjs/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    coverage: { provider: 'v8', include: ['packages/registry/src/**'], reporter: ['text', 'json-summary'] },
  },
});
