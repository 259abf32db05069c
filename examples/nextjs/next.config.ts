import { fileURLToPath } from 'node:url';
import type { NextConfig } from 'next';

/** The clone: the models lie outside this folder. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const binaries = `./node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`;

export default {
  // Started as they are, not bundled: their hosts are files, and the runtimes native add-ons.
  serverExternalPackages: [
    '@warmset/registry',
    '@warmset/server',
    '@warmset/adapters-onnx',
    '@warmset/adapters-tfjs',
    'onnxruntime-node',
    '@tensorflow/tfjs',
    '@tensorflow/tfjs-backend-wasm',
  ],
  // For `output: 'standalone'`: what is opened as a file, or by the system's linker, is not found by tracing imports.
  outputFileTracingIncludes: {
    '/api/warmset/*': ['../models/*/*.{onnx,json,bin}', `${binaries}/**`],
  },
  outputFileTracingRoot: root,
  turbopack: { root },
} satisfies NextConfig;
