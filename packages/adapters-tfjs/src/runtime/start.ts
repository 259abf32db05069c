import { importPeer, messageOf, WarmsetError } from '@warmset/registry/adapter';
import { isTensorFlow, isTensorFlowNode, type TensorFlow, type TensorFlowNamespace } from '../tensorflow.js';
import { fillKernelGaps } from './kernels.js';
import { installedPackages, type Packages } from './packages.js';
import { startWasm } from './wasm.js';

/** A runtime that can be asked for by name. */
export type RuntimeName = 'tfjs-node' | 'wasm' | 'cpu';

/** A TensorFlow.js that is ready to load models. */
export interface Runtime {
  readonly tf: TensorFlow;
  /** TensorFlow.js's name of its backend: `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string;
  /** `@tensorflow/tfjs 4.22.0 (wasm)`, and after a semicolon what was passed over for it. */
  readonly description: string;
  /** Why the runtimes that were passed over for it do not start. */
  readonly passedOver?: ReadonlyMap<RuntimeName, unknown>;
}

const BACKEND = { 'tfjs-node': 'tensorflow', wasm: 'wasm', cpu: 'cpu' } as const;
/** The package that each comes in, and what a user types to get it. */
const PEERS = {
  'tfjs-node': { package: '@tensorflow/tfjs-node', install: 'npm install @tensorflow/tfjs-node' },
  wasm: {
    package: '@tensorflow/tfjs-backend-wasm',
    install: 'npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm',
  },
  cpu: { package: '@tensorflow/tfjs', install: 'npm install @tensorflow/tfjs' },
} as const;
const ORDER = ['tfjs-node', 'wasm', 'cpu'] as const satisfies readonly RuntimeName[];

/** What runs models in this process. All copies of TensorFlow.js in a process share one engine, and so one backend. */
let started: Runtime | undefined;
let turn: Promise<unknown> = Promise.resolve();

/**
 * The runtime for a model: the one handed in; else the process's, which the first model to load decides, by name or by
 * what is installed.
 *
 * @throws WarmsetError `ERR_RUNTIME_MISSING` with the command that installs it; `ERR_LOAD_FAILED` where it does not start,
 * or where the process runs on another one than is asked for
 */
export function startRuntime(
  choice: TensorFlowNamespace | RuntimeName | undefined,
  modelName: string,
  packages: Packages = installedPackages,
): Promise<Runtime> {
  const mine = turn.then(async () => {
    if (typeof choice === 'object') {
      const adopted = await adopt(choice as unknown as TensorFlow);
      started ??= adopted;
      return adopted;
    }
    if (started === undefined) started = await begin(choice, modelName, packages);
    else if (choice !== undefined) await agree(started, choice, modelName);
    return started;
  });
  turn = mine.catch(() => undefined);
  return mine;
}

/** Uses a namespace as the application set it up. */
async function adopt(tf: TensorFlow): Promise<Runtime> {
  await tf.ready();
  return runtimeOf(tf);
}

async function agree(running: Runtime, choice: RuntimeName, modelName: string): Promise<void> {
  if (running.backend === BACKEND[choice] && (choice !== 'tfjs-node' || isTensorFlowNode(running.tf))) return;
  const failure = running.passedOver?.get(choice);
  // Asking for it by name does not help: it is not there.
  if (failure !== undefined) await importPeer(() => Promise.reject(failure), { ...PEERS[choice], modelName });
  throw new WarmsetError(
    'ERR_LOAD_FAILED',
    `Model "${modelName}" asks for runtime '${choice}', but this process runs TensorFlow.js on ${running.description}: ` +
      'a process has one backend, which the first model to load decides. Name the same runtime for all of them, or give this one a process of its own.',
    { modelName, retriable: false },
  );
}

async function begin(
  choice: RuntimeName | undefined,
  modelName: string,
  packages: Packages,
): Promise<Runtime> {
  if (choice !== undefined) return START[choice](packages, modelName);
  const passedOver = new Map<RuntimeName, unknown>();
  const reasons: string[] = [];
  for (const name of ORDER) {
    try {
      const runtime = await START[name](packages, modelName);
      return { ...runtime, description: [runtime.description, ...reasons].join('; '), passedOver };
    } catch (thrown) {
      passedOver.set(name, (thrown as WarmsetError).cause);
      reasons.push(`${name}: ${whyNot(thrown)}`);
    }
  }
  throw new WarmsetError(
    'ERR_RUNTIME_MISSING',
    `Model "${modelName}" needs TensorFlow.js (${reasons.join('; ')}). Run: ${PEERS.wasm.install}`,
    { modelName, cause: passedOver.get('cpu'), retriable: false },
  );
}

function whyNot(thrown: unknown): string {
  if (thrown instanceof WarmsetError && thrown.code === 'ERR_RUNTIME_MISSING') return 'not installed';
  const text = messageOf(thrown instanceof WarmsetError ? (thrown.cause ?? thrown) : thrown);
  // The package says so in six lines, with the path.
  if (text.includes('tfjs_binding.node')) return 'its native binding is not built';
  return (text.split('\n')[0] ?? text).slice(0, 120);
}

type Start = (packages: Packages, modelName: string) => Promise<Runtime>;

const START: Readonly<Record<RuntimeName, Start>> = {
  'tfjs-node': async (packages, modelName) => {
    const tf = await importPeer(() => packages.tfjsNode(), { ...PEERS['tfjs-node'], modelName });
    return activate(tf, 'tfjs-node', modelName);
  },
  wasm: async (packages, modelName) => {
    const tf = await importPeer(() => packages.tfjs(), {
      ...PEERS.cpu,
      install: PEERS.wasm.install,
      modelName,
    });
    await importPeer(() => packages.wasm(), { ...PEERS.wasm, modelName });
    return activate(tf, 'wasm', modelName);
  },
  cpu: async (packages, modelName) => {
    const tf = await importPeer(() => packages.tfjs(), { ...PEERS.cpu, modelName });
    return activate(tf, 'cpu', modelName);
  },
};

async function activate(imported: unknown, name: RuntimeName, modelName: string): Promise<Runtime> {
  const backend = BACKEND[name];
  try {
    if (!isTensorFlow(imported)) throw new Error('it is not a TensorFlow.js 4: functions are missing');
    const tf = imported as unknown as TensorFlow;
    if (backend === 'wasm') await startWasm(tf);
    else if (!(await tf.setBackend(backend))) throw new Error(`its backend "${backend}" did not start`);
    await tf.ready();
    return runtimeOf(tf);
  } catch (cause) {
    throw new WarmsetError(
      'ERR_LOAD_FAILED',
      `${PEERS[name].package} is installed but does not start: ${messageOf(cause)}`,
      {
        modelName,
        cause,
        retriable: false,
      },
    );
  }
}

function runtimeOf(tf: TensorFlow): Runtime {
  const backend = tf.getBackend();
  fillKernelGaps(tf, backend);
  const { version = {} } = tf;
  const name =
    version['tfjs-node'] !== undefined && backend === 'tensorflow'
      ? 'tfjs-node'
      : version.tfjs !== undefined
        ? 'tfjs'
        : 'tfjs-core';
  return { tf, backend, description: `@tensorflow/${name} ${version[name] ?? ''} (${backend})` };
}
