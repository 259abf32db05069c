import { builtinModules } from 'node:module';

export default [
  {
    name: '@warmset/registry with its dependencies, minified, gzip',
    path: 'packages/registry/dist/index.js',
    import: '{ ModelRegistry, defineModel, withPipeline, WarmsetError }',
    // Node's own modules cost a user nothing.
    ignore: ['node:*', ...builtinModules],
    gzip: true,
    limit: '14 kB',
  },
];
