import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    adapter: 'src/adapter.ts',
    'isolation/host-main': 'src/isolation/host-main.ts',
    'testing/index': 'src/testing/index.ts',
    'testing/require': 'src/testing/require.ts',
  },
  format: 'esm',
  target: 'node20',
  // Its types stand in ours; inlined, they cost users no dependency.
  dts: { resolve: ['@standard-schema/spec'] },
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
  // One copy of the module state, whichever of the entry points is imported first.
  splitting: true,
});
