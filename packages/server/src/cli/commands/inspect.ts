import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ModelRegistry, type ModelStatus, type TensorSpec } from '@warmset/registry';
import { usageError } from '../cli-error.js';
import { Adapters } from '../models/adapters.js';
import { kindOfModel, kindOfPath, MODEL_FILES } from '../models/kind-of-path.js';
import { asModelName } from '../models/model-names.js';
import { renderTable } from '../output/table.js';
import { terminalOf } from '../output/terminal.js';
import { formatBytes, formatMs } from '../output/units.js';

/** Loads one model in a process of its own, and prints what it takes, gives and costs. */
export async function inspect(file: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const path = resolve(file);
  if ((await kindOfPath(path)) === undefined) throw usageError(`There is no ${file}.`);
  const kind = await kindOfModel(path);
  if (kind === undefined) {
    throw usageError(`${file} is no model: expected ${MODEL_FILES}.`);
  }
  const name = asModelName(basename(path).replace(/\.[^.]+$/, ''));
  const factory = await new Adapters([dirname(path), process.cwd()]).factory(kind, name);
  const registry = new ModelRegistry({
    models: { [name]: factory({ path }) },
    // A process of its own gives the bytes measured, and may crash.
    isolation: { kind: 'process', placement: 'per-model' },
    // It is to be looked at, whatever it takes.
    memory: { budgetBytes: Number.MAX_SAFE_INTEGER },
  });
  try {
    const status = await registry.load(name);
    if (json) console.log(JSON.stringify(asJson(path, kind, status), undefined, 2));
    else for (const line of await report(path, kind, status)) console.log(line);
  } finally {
    await registry.close();
  }
}

function asJson(path: string, kind: string, { signature, memory, load, runtime }: ModelStatus) {
  return {
    path,
    kind,
    runtime,
    inputs: signature?.inputs ?? [],
    outputs: signature?.outputs ?? [],
    bytes: memory.bytes,
    bytesSource: memory.source,
    estimatedBytes: memory.estimatedBytes,
    loadMs: load?.lastMs,
  };
}

async function report(path: string, kind: string, status: ModelStatus): Promise<string[]> {
  const { signature, memory, load, runtime } = status;
  const { paint } = terminalOf(process.stdout);
  const found = await stat(path);
  const facts: [string, string][] = [
    ['kind', kind],
    ['runtime', runtime ?? 'unknown'],
    ...(found.isFile() ? ([['file', formatBytes(found.size)]] as [string, string][]) : []),
    ['memory', `${formatBytes(memory.bytes)} (${MEASURED_BY[memory.source]})`],
    ['estimate', memory.estimatedBytes === undefined ? 'none' : formatBytes(memory.estimatedBytes)],
    ['load', load === undefined ? 'unknown' : formatMs(load.lastMs)],
  ];
  const tensors = [
    ...(signature?.inputs ?? []).map((spec) => ['input', ...cellsOf(spec)]),
    ...(signature?.outputs ?? []).map((spec) => ['output', ...cellsOf(spec)]),
  ];
  const [head = '', ...rows] = renderTable(
    [{ title: '' }, { title: 'NAME' }, { title: 'DTYPE' }, { title: 'SHAPE' }],
    tensors,
  );
  return [
    paint('bold', path),
    ...facts.map(([label, value]) => `${label.padEnd(9)} ${value}`),
    '',
    ...(tensors.length === 0
      ? ['It says nothing of its inputs and outputs.']
      : [paint('dim', head), ...rows]),
  ];
}

const MEASURED_BY: Readonly<Record<ModelStatus['memory']['source'], string>> = {
  process: 'measured in a process of its own, beside its runtime',
  runtime: 'measured by its runtime',
  rss: 'measured: what the resident set grew by',
  estimate: 'the estimate: nothing was measured',
  none: 'unknown',
};

function cellsOf({ name, dtype, shape }: TensorSpec): string[] {
  return [name, dtype, `[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]`];
}
