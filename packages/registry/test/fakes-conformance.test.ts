import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ModelDefinition, Tensor, TensorMap } from '@warmset/registry';
import { checkInputs } from '@warmset/registry/adapter';
import { describeAdapter, type MakeDefinition, type TestRunner } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeAdapter as describeAdapterRequired } from '../src/testing/require.js';

const signature = {
  inputs: [{ name: 'x', dtype: 'float32' as const, shape: [-1, 2] }],
  outputs: [{ name: 'y', dtype: 'float32' as const, shape: [-1, 2] }],
};

/** A model as an adapter makes it: it adds to its input. */
function goodAdapter(): ModelDefinition<{ readonly factor: number }, TensorMap, TensorMap> {
  return {
    load: () => ({ factor: -1 }),
    run: ({ factor }, input) => {
      checkInputs(signature, input, 'subject');
      const { shape, data } = input.x as Extract<Tensor, { dtype: 'float32' }>;
      return { y: { dtype: 'float32', shape, data: data.map((value) => value + factor) } };
    },
    dispose: () => {},
    describe: () => signature,
    estimateBytes: 100,
    measureBytes: () => 80,
    portable: { module: '@warmset/none', export: 'none', options: { path: 'x' } },
  };
}

/** Runs the suite with a runner that collects: the titles of the tests, and of those that failed. */
async function failuresOf(make: MakeDefinition, options: { input?: unknown } = {}) {
  const tests: [string, () => Promise<void>][] = [];
  const titles: string[] = [];
  const runner: TestRunner = {
    describe: (name, body) => {
      titles.push(name);
      body();
    },
    it: (name, body) => tests.push([name, body]),
  };
  describeAdapter('the adapter', make, { isolation: 'inline', ...options, runner });
  const failed: string[] = [];
  for (const [name, body] of tests) await body().catch(() => failed.push(name));
  return { titles, ran: tests.map(([name]) => name), failed };
}

/** Without what tells a child process that it is one of vitest's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
}

const broken: [string, string, () => ModelDefinition][] = [
  [
    'answers differently each time',
    'the same output',
    () => {
      let calls = 0;
      return { ...goodAdapter(), run: () => ({ calls: calls++ }) } as ModelDefinition;
    },
  ],
  [
    'answers differently after it was loaded again',
    'the same output',
    () => {
      let loads = 0;
      return { ...goodAdapter(), load: () => ({ factor: ++loads }) } as ModelDefinition;
    },
  ],
  [
    'can be loaded once only',
    'ten loads and evictions',
    () => {
      let loads = 0;
      const load = () => {
        if (++loads > 1) throw new Error('the file is in use');
        return { factor: 1 };
      };
      return { ...goodAdapter(), load } as ModelDefinition;
    },
  ],
  [
    'mixes up runs that overlap',
    'serves concurrent runs',
    () => {
      let last = 0;
      const run = async () => {
        const mine = ++last;
        await Promise.resolve();
        return { mine: mine === last };
      };
      return { ...goodAdapter(), run } as ModelDefinition;
    },
  ],
  [
    'takes more than it said',
    'upper bound',
    () => ({ ...goodAdapter(), measureBytes: () => 101 }) as ModelDefinition,
  ],
  [
    'takes more than the function of it said',
    'upper bound',
    () => ({ ...goodAdapter(), estimateBytes: async () => 79 }) as ModelDefinition,
  ],
  [
    'takes whatever it is given',
    'refuses an input',
    () => ({ ...goodAdapter(), run: () => ({}) }) as ModelDefinition,
  ],
  [
    'refuses with an error of its own',
    'refuses an input',
    () => {
      const run = (_model: unknown, input: unknown) => {
        if (!('x' in (input as object))) throw new TypeError('no x');
        return {};
      };
      return { ...goodAdapter(), run } as ModelDefinition;
    },
  ],
  [
    'is broken by an input that it refused',
    'refuses an input',
    () => {
      let poisoned = false;
      const { run } = goodAdapter();
      const poisonable = (model: { factor: number }, input: TensorMap) => {
        if (poisoned) throw new Error('the session is gone');
        poisoned = !('x' in input);
        return run?.(model, input, { name: 'subject' });
      };
      return { ...goodAdapter(), run: poisonable } as ModelDefinition;
    },
  ],
  [
    'describes sizes that are none',
    'plain JSON',
    () => {
      const inputs = [{ name: 'x', dtype: 'float32' as const, shape: [Number.NaN, 2] }];
      return { ...goodAdapter(), describe: () => ({ inputs, outputs: [] }) } as ModelDefinition;
    },
  ],
  [
    'has options that no thread could be given',
    'another thread',
    () =>
      ({
        ...goodAdapter(),
        portable: { module: 'm', export: 'e', options: { f: () => 1 } },
      }) as ModelDefinition,
  ],
  [
    'cannot be disposed of',
    'ten loads and evictions',
    () => ({ ...goodAdapter(), dispose: () => Promise.reject(new Error('busy')) }) as ModelDefinition,
  ],
];

describe('the conformance suite', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('passes an adapter that keeps the contract, with the input of its signature or one that is given', async () => {
    const input = { x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } };
    for (const options of [{}, { input }]) {
      const { titles, ran, failed } = await failuresOf(async () => goodAdapter() as ModelDefinition, options);
      expect(titles).toEqual(['the adapter keeps the adapter contract']);
      expect(ran.length).toBeGreaterThan(8);
      expect(failed).toEqual([]);
    }
  });

  it.each(broken)('fails an adapter that %s', async (_what, title, make) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { failed } = await failuresOf(make);
    warned.mockRestore();
    expect(
      failed.some((name) => name.includes(title)),
      `failed: ${failed.join('; ')}`,
    ).toBe(true);
  });

  it('asks for an input where the adapter does not describe its own', async () => {
    const { describe: _d, estimateBytes: _e, portable: _p, ...undescribed } = goodAdapter();
    const bare = await failuresOf(() => undescribed as ModelDefinition);
    expect(bare.failed.length).toBeGreaterThan(0);
    const input = { x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } };
    expect((await failuresOf(() => undescribed as ModelDefinition, { input })).failed).toEqual([]);
  });

  it('outside vitest takes the runner’s globals', async () => {
    const script = fileURLToPath(new URL('support/outside-vitest.ts', import.meta.url));
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--import', 'tsx', script], { env: cleanEnvironment() });
    expect(stdout).toBe('by globals keeps the adapter contract\n');
  }, 30_000);

  it('under `require` takes the runner’s globals, or the runner that it is given', () => {
    const seen: string[] = [];
    vi.stubGlobal('describe', (name: string) => seen.push(name));
    vi.stubGlobal('it', () => {});
    describeAdapterRequired('by globals', () => goodAdapter() as ModelDefinition);
    const runner: TestRunner = { describe: (name) => seen.push(name), it: () => {} };
    describeAdapterRequired('by option', () => goodAdapter() as ModelDefinition, { runner });
    expect(seen).toEqual(['by globals keeps the adapter contract', 'by option keeps the adapter contract']);
  });
});

describeAdapter('a good adapter, under vitest', () => goodAdapter() as ModelDefinition, {
  isolation: 'inline',
});
