import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folderUrl, type ModelName, modelPath, models } from '@warmset-examples/models';
import { mlpBytes } from '@warmset-examples/models/tools/mlp-bytes';

/** An MLP to make: 13 numbers in, `layers` square layers of `width`, one number out. */
export interface MlpSize {
  readonly width: number;
  readonly layers: number;
}

/** A model of the fleet, with requests whose answers are known. The servers read all but the samples. */
export interface FleetFile {
  readonly name: string;
  readonly path: string;
  readonly format: 'onnx' | 'layers-model' | 'graph-model';
  /** Of the model's file. */
  readonly bytes: number;
  readonly samples: readonly { readonly body: unknown; readonly expected: number }[];
}

const FEATURES = 13;
const SAMPLES = 4;

// Inside node_modules, so that it is never committed, and goes with it.
const folder = fileURLToPath(new URL('../node_modules/.warmset/', import.meta.url));

/** One of 142 MB, and ten each of about 60, 40, 24, 16 and 8 MB. */
export const fullFleet: readonly MlpSize[] = [
  { width: 2432, layers: 6 },
  ...[1936, 1580, 1224, 1000, 706].flatMap((width) => Array<MlpSize>(10).fill({ width, layers: 4 })),
];

/**
 * The four disease models and these MLPs, each with weights of its own. Files that are missing are made, and asked
 * once, by ONNX Runtime itself, for what the servers must answer.
 *
 * @returns the path of `fleet.json`, and what is in it
 */
export async function makeFleet(
  sizes: readonly MlpSize[],
): Promise<{ readonly path: string; readonly models: readonly FleetFile[] }> {
  const mlps: FleetFile[] = [];
  for (const [index, size] of sizes.entries()) mlps.push(await mlpFile(size, index + 1));
  const all = [...(Object.keys(models) as ModelName[]).map(diseaseFile), ...mlps];
  const path = join(folder, `fleet-${all.length}.json`);
  writeWhole(path, JSON.stringify(all));
  return { path, models: all };
}

function diseaseFile(name: ModelName): FleetFile {
  const samples = JSON.parse(readFileSync(new URL('samples.json', folderUrl(name)), 'utf8')) as {
    features: unknown;
    expected: { risk: number };
  }[];
  const path = modelPath(name);
  return {
    name,
    path,
    format: models[name].format,
    bytes: statSync(path).size,
    samples: samples.map(({ features, expected }) => ({ body: features, expected: expected.risk })),
  };
}

async function mlpFile({ width, layers }: MlpSize, seed: number): Promise<FleetFile> {
  const name = `mlp-${seed}-${width}x${layers}`;
  const path = join(folder, `${name}.onnx`);
  const answersPath = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    const hidden = Array<number>(layers + 1).fill(width);
    writeWhole(path, mlpBytes([FEATURES, ...hidden, 1], seed));
  }
  if (!existsSync(answersPath)) writeWhole(answersPath, JSON.stringify(await answersOf(path, seed)));
  const samples = JSON.parse(readFileSync(answersPath, 'utf8')) as FleetFile['samples'];
  return { name, path, format: 'onnx', bytes: statSync(path).size, samples };
}

async function answersOf(path: string, seed: number): Promise<FleetFile['samples']> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const session = await InferenceSession.create(path);
  const samples: { body: unknown; expected: number }[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const x = Array.from({ length: FEATURES }, (_, index) => Math.sin(seed + sample * FEATURES + index));
    const outputs = await session.run({ x: new Tensor('float32', Float32Array.from(x), [1, FEATURES]) });
    const [output] = Object.values(outputs);
    samples.push({ body: { x }, expected: Number(output?.data[0]) });
  }
  await session.release();
  return samples;
}

/** Renamed when it is whole: a run that is cut short leaves no half a file behind. */
function writeWhole(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, path);
}
