/** The process that `import-cost.mjs` measures. Argument: `empty` or `four-models`. */

const startedAt = performance.now();
const registry = process.argv[2] === 'four-models' ? await fourModels() : undefined;
const ms = performance.now() - startedAt;

// Resident memory as it is, before a collection that a server would not make; the heap after one.
const residentBytes = process.memoryUsage().rss;
globalThis.gc();
const heapBytes = process.memoryUsage().heapUsed;
if (registry !== undefined && registry.snapshot().models.length !== 4)
  throw new Error('Four models were expected.');
const { files, addons } = await loadedCode();
process.stdout.write(JSON.stringify({ ms, residentBytes, heapBytes, files, addons }));

async function fourModels() {
  const [{ ModelRegistry }, { onnxModel }, { tfjsModel }] = await Promise.all([
    import('@warmset/registry'),
    import('@warmset/adapters-onnx'),
    import('@warmset/adapters-tfjs'),
  ]);
  return new ModelRegistry({
    models: {
      heart: onnxModel({ path: 'models/heart.onnx' }),
      liver: onnxModel({ path: 'models/liver.onnx' }),
      diabetes: tfjsModel({ path: 'models/diabetes/model.json' }),
      lung: tfjsModel({ path: 'models/lung/model.json' }),
    },
  });
}

/** All that has been loaded: V8 tells a debugger of every script, whichever way it came in. */
async function loadedCode() {
  const { Session } = await import('node:inspector');
  const scripts = new Set();
  const session = new Session();
  session.connect();
  session.on('Debugger.scriptParsed', ({ params }) => scripts.add(params.url));
  session.post('Debugger.enable');
  session.disconnect();
  return {
    files: [...scripts].filter((url) => url.startsWith('file:') || url.startsWith('/')),
    addons: process.report
      .getReport()
      .sharedObjects.filter((path) => /\.node$|onnxruntime|tensorflow/.test(path)),
  };
}
