const binaries = `./node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`;

/** As docs/isolation.md says. */
export default {
  output: 'standalone',
  serverExternalPackages: ['@warmset/registry', '@warmset/adapters-onnx', 'onnxruntime-node'],
  // What is opened as a file, or by the system's linker, is not found by tracing imports.
  outputFileTracingIncludes: { '/predict': ['./models/**', `${binaries}/**`] },
};
