/** What a file that is not a `model.json` is instead, by its name and how it begins, and what to do about it. */
export function otherFormat(path: string, head: Buffer): string | undefined {
  if (head.length === 0) return 'it is empty';
  const text = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (text.startsWith('{')) return undefined;
  const known = FORMATS.find(([signature]) => text.startsWith(signature))?.[1];
  if (known !== undefined) return known;
  if (/\.(onnx|ort)$/i.test(path)) return 'it is an ONNX file, for onnxModel() of @warmset/adapters-onnx';
  if (/\.pb$/i.test(path))
    return 'it is a SavedModel or a frozen graph, not a model.json; a SavedModel’s folder is for savedModel()';
  return 'it is not JSON, as a TensorFlow.js model.json is';
}

const FORMATS: readonly (readonly [signature: string, is: string])[] = [
  [
    '\x89HDF',
    'it is an HDF5 file, as Keras’s .h5 are, not a model.json; tensorflowjs_converter makes one of it',
  ],
  [
    'PK\x03\x04',
    'it is a zip archive, as .keras and .npz files are, not a model.json; tensorflowjs_converter makes one of a .keras',
  ],
  ['version https://git-lfs', 'it is a Git LFS pointer, not the file itself: run git lfs pull'],
  ['\x1f\x8b', 'it is compressed with gzip: unpack it first'],
  ['<', 'it is an HTML or XML page, not a model.json: look at how it was downloaded'],
];
