/** By how a runtime calls itself in `status().runtime`; the names are those of Triton and KServe. */
const PLATFORMS: readonly (readonly [start: string, platform: string])[] = [
  ['onnxruntime', 'onnx_onnxv1'],
  ['@tensorflow/tfjs', 'tensorflow_savedmodel'],
];

/** The protocol's `platform`; a model that does not say what runs it is only ours. */
export function platformOf(runtime: string | undefined): string {
  return PLATFORMS.find(([start]) => runtime?.startsWith(start))?.[1] ?? 'warmset';
}
