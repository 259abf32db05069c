import { builtinModules } from 'node:module';

// Node's own modules cost a user nothing.
const node = ['node:*', ...builtinModules];
const path = 'packages/registry/dist/index.js';

// The aim is 14 kB; ADR 0010 says what stands in the way.
export default [
  {
    name: 'ModelRegistry, its own code until the first host is started, minified, gzip',
    path,
    import: '{ ModelRegistry }',
    ignore: [...node, 'async-mutex', 'p-memoize', 'tinyqueue', './start-host-*'],
    gzip: true,
    limit: '25 kB',
  },
  {
    name: 'all of the registry and its hosts, with async-mutex and p-memoize, minified, gzip',
    path,
    import: '{ ModelRegistry, defineModel, withPipeline, WarmsetError }',
    ignore: node,
    gzip: true,
    limit: '33.7 kB',
  },
];
