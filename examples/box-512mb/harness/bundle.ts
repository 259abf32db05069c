import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export type ServerName = 'warmset' | 'plain-at-start' | 'plain-lazy';

/** Compiles the servers as one would for a container, so that no TypeScript compiler takes its share of the box. */
export async function bundleServers(): Promise<(name: ServerName) => string> {
  const outdir = here('../node_modules/.warmset/servers');
  const names: ServerName[] = ['warmset', 'plain-at-start', 'plain-lazy'];
  await build({
    entryPoints: names.map((name) => here(`../server/${name}.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Packages stay packages; the models' encoders are TypeScript, and go in.
    external: ['@warmset/*', '@tensorflow/*', 'onnxruntime-node', 'express', 'zod'],
    logLevel: 'warning',
  });
  return (name) => `${outdir}/${name}.mjs`;
}
