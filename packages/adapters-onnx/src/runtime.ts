import { importPeer } from '@warmset/registry/adapter';
import type { InferenceSession } from 'onnxruntime-node';

/** The part of `onnxruntime-node` that is used here; `onnxruntime-web` has the same. */
export type OnnxRuntime = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor' | 'env'>;

/**
 * Imports the installed runtime. It is CommonJS, so it also comes as the `default` of what `import()` gives.
 *
 * @throws WarmsetError `ERR_RUNTIME_MISSING` with the command that installs it; `ERR_LOAD_FAILED` where it does not start
 */
export async function importRuntime(
  modelName: string,
  load: () => Promise<OnnxRuntime | { default: OnnxRuntime }> = () => import('onnxruntime-node'),
): Promise<OnnxRuntime> {
  const peer = { package: 'onnxruntime-node', install: 'npm install onnxruntime-node', modelName };
  const imported = await importPeer(load, peer);
  return 'InferenceSession' in imported ? imported : imported.default;
}

/** `onnxruntime-node 1.30.0 (cpu)`: the package, its version, and the execution providers asked for. */
export function runtimeName(
  { env }: OnnxRuntime,
  options: InferenceSession.SessionOptions | undefined,
): string {
  const { node, web, common } = env.versions;
  const name =
    node !== undefined
      ? `onnxruntime-node ${node}`
      : web !== undefined
        ? `onnxruntime-web ${web}`
        : `onnxruntime ${common}`;
  const providers = options?.executionProviders?.map((provider) =>
    typeof provider === 'string' ? provider : provider.name,
  );
  return `${name} (${providers?.join(', ') || 'cpu'})`;
}
