/** What a file that is not ONNX is instead, by how it begins, and what to do about it. */
export function otherFormat(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  const start = text.trimStart();
  if (text.slice(4, 8) === 'TFL3') return 'it is a TensorFlow Lite file, not ONNX';
  return FORMATS.find(([signature]) => start.startsWith(signature))?.[1];
}

const JSON_FILE =
  'it is JSON, not ONNX; a TensorFlow.js model.json is for tfjsModel() of @warmset/adapters-tfjs';

const FORMATS: readonly (readonly [signature: string, is: string])[] = [
  ['version https://git-lfs', 'it is a Git LFS pointer, not the file itself: run git lfs pull'],
  ['{', JSON_FILE],
  ['[', JSON_FILE],
  ['\x89HDF', 'it is an HDF5 file, not ONNX; a Keras .h5 is for kerasModel() of @warmset/adapters-tfjs'],
  ['PK\x03\x04', 'it is a zip archive, as .keras, .npz and .pt files are, not ONNX'],
  ['\x1f\x8b', 'it is compressed with gzip: unpack it first'],
  ['<', 'it is an HTML or XML page, not ONNX: look at how it was downloaded'],
];
