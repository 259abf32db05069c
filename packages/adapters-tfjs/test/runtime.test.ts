import util from 'node:util';
import type { WarmsetError } from '@warmset/registry';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Packages } from '../src/runtime/packages.js';
import type { RuntimeName } from '../src/runtime/start.js';
import type { TensorFlowNamespace } from '../src/tensorflow.js';
import { rejection } from './support/driver.js';

type Start = typeof import('../src/runtime/start.js')['startRuntime'];

/** The module anew: what it remembers is for the life of a process. */
let startRuntime: Start;
beforeEach(async () => {
  vi.resetModules();
  ({ startRuntime } = await import('../src/runtime/start.js'));
});

interface FakeOptions {
  readonly version?: Record<string, string>;
  readonly refuses?: readonly string[];
  readonly node?: boolean;
}

/** A namespace with one engine, as far as starting it goes. */
function fakeTf({ version = { tfjs: '4.22.0' }, refuses = [], node = false }: FakeOptions = {}) {
  let backend = '';
  const engine = {};
  const nothing = () => undefined;
  return {
    version,
    engine: () => engine,
    env: nothing,
    ready: async () => {
      backend ||= 'cpu';
    },
    getBackend: () => backend,
    setBackend: async (name: string) => {
      if (refuses.includes(name)) return false;
      backend = name;
      return true;
    },
    tensor: nothing,
    tidy: nothing,
    keep: nothing,
    loadLayersModel: nothing,
    loadGraphModelSync: nothing,
    ...(node && { node: { loadSavedModel: nothing } }),
  };
}

function missing(name: string): never {
  throw Object.assign(new Error(`Cannot find package '${name}' imported from /app/index.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
}

/** What is installed: nothing but what a test names. */
function installed(there: Partial<Packages> = {}): Packages & { readonly imported: string[] } {
  const imported: string[] = [];
  const logged = (name: string, load: (() => Promise<unknown>) | undefined) => async () => {
    imported.push(name);
    return load === undefined ? missing(`@tensorflow/${name}`) : load();
  };
  return {
    imported,
    tfjsNode: logged('tfjs-node', there.tfjsNode),
    tfjs: logged('tfjs', there.tfjs),
    wasm: logged('tfjs-backend-wasm', there.wasm),
  };
}

const noBinding = async (): Promise<never> => {
  throw new Error(
    'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x. \nPlease run command …',
  );
};
const nodeTf = () => fakeTf({ version: { tfjs: '4.22.0', 'tfjs-node': '4.22.0' }, node: true });

describe('without a choice, the fastest that is there is taken', () => {
  it.each<[string, Partial<Packages>, string, string]>([
    [
      'tfjs-node',
      { tfjsNode: async () => nodeTf(), tfjs: async () => fakeTf() },
      'tensorflow',
      '@tensorflow/tfjs-node 4.22.0 (tensorflow)',
    ],
    [
      'WASM where tfjs-node is not installed',
      { tfjs: async () => fakeTf(), wasm: async () => ({}) },
      'wasm',
      '@tensorflow/tfjs 4.22.0 (wasm); tfjs-node: not installed',
    ],
    [
      'WASM where tfjs-node has no binding',
      { tfjsNode: noBinding, tfjs: async () => fakeTf(), wasm: async () => ({}) },
      'wasm',
      '@tensorflow/tfjs 4.22.0 (wasm); tfjs-node: its native binding is not built',
    ],
    [
      'the CPU where WASM is not installed',
      { tfjs: async () => fakeTf() },
      'cpu',
      '@tensorflow/tfjs 4.22.0 (cpu); tfjs-node: not installed; wasm: not installed',
    ],
    [
      'the CPU where WASM does not start',
      { tfjs: async () => fakeTf({ refuses: ['wasm'] }), wasm: async () => ({}) },
      'cpu',
      '@tensorflow/tfjs 4.22.0 (cpu); tfjs-node: not installed; wasm: the wasm backend did not start',
    ],
  ])('%s', async (_what, there, backend, description) => {
    expect(await startRuntime(undefined, 'm', installed(there))).toMatchObject({ backend, description });
  });

  it('with nothing there, the error says what to install', async () => {
    const error = (await rejection(startRuntime(undefined, 'm', installed()))) as WarmsetError;
    expect(error).toMatchObject({ code: 'ERR_RUNTIME_MISSING', modelName: 'm', retriable: false });
    expect(error.message).toContain('Run: npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm');
  });

  it('is looked for again after a failure', async () => {
    await rejection(startRuntime(undefined, 'm', installed()));
    expect((await startRuntime(undefined, 'm', installed({ tfjs: async () => fakeTf() }))).backend).toBe(
      'cpu',
    );
  });
});

describe('a runtime that is asked for by name', () => {
  it.each<[RuntimeName, string]>([
    ['tfjs-node', 'Run: npm install @tensorflow/tfjs-node'],
    ['wasm', 'Run: npm install @tensorflow/tfjs @tensorflow/tfjs-backend-wasm'],
    ['cpu', 'Run: npm install @tensorflow/tfjs'],
  ])('%s is the only one that is tried', async (name, install) => {
    const packages = installed();
    const error = (await rejection(startRuntime(name, 'm', packages))) as WarmsetError;
    expect(error.code).toBe('ERR_RUNTIME_MISSING');
    expect(error.message).toContain(install);
    expect(packages.imported).toHaveLength(1);
  });

  it('that does not start is not replaced by another', async () => {
    const there = {
      tfjsNode: noBinding,
      tfjs: async () => fakeTf({ refuses: ['wasm', 'cpu'] }),
      wasm: async () => ({}),
    };
    for (const name of ['tfjs-node', 'wasm', 'cpu'] as const) {
      expect(await rejection(startRuntime(name, 'm', installed(there)))).toMatchObject({
        code: 'ERR_LOAD_FAILED',
        retriable: false,
      });
    }
  });

  it('that is something else says so', async () => {
    const error = await rejection(
      startRuntime('cpu', 'm', installed({ tfjs: async () => ({ version: '1' }) })),
    );
    expect((error as Error).message).toContain('it is not a TensorFlow.js 4');
  });
});

describe('a process has one runtime', () => {
  const both = { tfjs: async () => fakeTf(), wasm: async () => ({}) };

  it('started once for many first models', async () => {
    const packages = installed(both);
    const runtimes = await Promise.all(
      ['a', 'b', 'c'].map((name) => startRuntime(undefined, name, packages)),
    );
    expect(new Set(runtimes).size).toBe(1);
    expect(packages.imported).toEqual(['tfjs-node', 'tfjs', 'tfjs-backend-wasm']);
  });

  it('which the first model decides, and the others join', async () => {
    const first = await startRuntime('cpu', 'a', installed(both));
    expect(await startRuntime(undefined, 'b', installed(both))).toBe(first);
    expect(await startRuntime('cpu', 'c', installed(both))).toBe(first);
  });

  it('so one that asks for another is refused, with both named', async () => {
    await startRuntime('cpu', 'a', installed(both));
    const error = (await rejection(startRuntime('wasm', 'b', installed(both)))) as WarmsetError;
    expect(error).toMatchObject({ code: 'ERR_LOAD_FAILED', modelName: 'b', retriable: false });
    expect(error.message).toContain(
      `asks for runtime 'wasm', but this process runs TensorFlow.js on @tensorflow/tfjs 4.22.0 (cpu)`,
    );
  });

  it('but where it was passed over because it is not there, the error says what to install', async () => {
    await startRuntime(undefined, 'a', installed(both));
    const error = (await rejection(startRuntime('tfjs-node', 'b', installed(both)))) as WarmsetError;
    expect(error).toMatchObject({ code: 'ERR_RUNTIME_MISSING', modelName: 'b' });
    expect(error.message).toContain('Run: npm install @tensorflow/tfjs-node');
  });

  it('and one that the application handed in is used as it is, and joined', async () => {
    const handedIn = fakeTf({ version: { 'tfjs-core': '4.0.0' } });
    const packages = installed(both);
    const first = await startRuntime(handedIn as unknown as TensorFlowNamespace, 'a', packages);
    expect(first).toMatchObject({
      tf: handedIn,
      backend: 'cpu',
      description: '@tensorflow/tfjs-core 4.0.0 (cpu)',
    });
    expect(await startRuntime(undefined, 'b', packages)).toBe(first);
    expect(packages.imported).toEqual([]);
  });

  it('for a SavedModel too, which a tfjs without tf.node cannot load', async () => {
    await startRuntime(fakeTf() as unknown as TensorFlowNamespace, 'a', installed());
    expect(
      await rejection(startRuntime('tfjs-node', 'b', installed({ tfjsNode: async () => nodeTf() }))),
    ).toMatchObject({ code: 'ERR_LOAD_FAILED' });
  });
});

describe('what tfjs-node needs is there before it is imported', () => {
  it('the functions that Node 23 took out of node:util', async () => {
    const { restoreUtil } = await import('../src/runtime/packages.js');
    const bare: Record<string, (value: unknown) => unknown> = { isArray: () => 'kept' };
    restoreUtil(bare);
    expect([undefined, null, 0, ''].map((value) => bare.isNullOrUndefined?.(value))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(bare.isArray?.([])).toBe('kept');
    restoreUtil(util);
    expect((util as unknown as Record<string, unknown>).isNullOrUndefined).toBeTypeOf('function');
  });

  it('TF_ENABLE_ONEDNN_OPTS=0, unless the application set it', async () => {
    vi.doMock('@tensorflow/tfjs-node', () => ({ default: { seen: process.env.TF_ENABLE_ONEDNN_OPTS } }));
    const { installedPackages } = await import('../src/runtime/packages.js');
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', undefined);
    expect(await installedPackages.tfjsNode()).toEqual({ seen: '0' });
    vi.stubEnv('TF_ENABLE_ONEDNN_OPTS', '1');
    await installedPackages.tfjsNode();
    expect(process.env.TF_ENABLE_ONEDNN_OPTS).toBe('1');
    vi.unstubAllEnvs();
  });
});

describe('starting WASM', () => {
  it('leaves the process’s listeners for uncaught errors as they were', async () => {
    const { startWasm } = await import('../src/runtime/wasm.js');
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const listeners = () => events.map((event) => process.listeners(event as 'uncaughtException'));
    const before = listeners();
    const mine = () => {};
    const starting = {
      ...fakeTf(),
      setBackend: async () => {
        process.on('uncaughtException', (ex) => {
          class ExitStatus extends Error {}
          if (!(ex instanceof ExitStatus)) throw ex;
        });
        process.on('unhandledRejection', (reason) => {
          throw reason;
        });
        process.on('unhandledRejection', mine);
        return true;
      },
    };
    await startWasm(starting as never);
    expect(process.listeners('unhandledRejection')).toContain(mine);
    process.off('unhandledRejection', mine);
    expect(listeners()).toEqual(before);
  });
});
