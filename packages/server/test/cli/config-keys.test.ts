import { ModelRegistry, type RegistryOptions } from '@warmset/registry';
import { expect, it } from 'vitest';
import { checkConfig } from '../../src/cli/config/schema.js';

/** No option is called so, and none nearly so: who refuses it lists the keys that there are. */
const UNKNOWN = '?';

function at(path: readonly string[], value: unknown): object {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function keysIn(message: string | undefined): string[] | undefined {
  const list = /^(?:There|there) is no (?:option|key) \S*\?; known are (.*?)\.?$/.exec(message ?? '')?.[1];
  return list?.split(', ').sort();
}

/** The keys that the registry takes at a place; none where that is no group of options. */
async function registryKeys(path: readonly string[]): Promise<string[] | undefined> {
  let registry: ModelRegistry;
  try {
    registry = new ModelRegistry(at(path, { [UNKNOWN]: 1 }) as RegistryOptions);
  } catch (error) {
    return keysIn((error as Error).message);
  }
  await registry.close();
  return undefined;
}

function configKeys(path: readonly string[]): string[] | undefined {
  return checkConfig({ models: 'm', ...at(path, { [UNKNOWN]: 1 }) })
    .map(({ text }) => keysIn(text))
    .find((keys) => keys !== undefined);
}

/** Every group of the registry's options, by its path. */
async function groups(path: readonly string[] = []): Promise<[readonly string[], readonly string[]][]> {
  const keys = await registryKeys(path);
  if (keys === undefined) return [];
  // A model may be called anything.
  const inner = keys.filter((key) => key !== 'models').map((key) => groups([...path, key]));
  return [[path, keys], ...(await Promise.all(inner)).flat()];
}

it('takes in a config every option that the registry takes, in every group', async () => {
  const found = await groups();
  expect(found.map(([path]) => path.join('.'))).toEqual(
    expect.arrayContaining(['', 'memory', 'load', 'load.backoff', 'isolation', 'isolation.recycle']),
  );
  for (const [path, keys] of found) {
    const taken = configKeys(path);
    // At the top the server's options stand beside the registry's.
    if (path.length === 0) expect(taken).toEqual(expect.arrayContaining([...keys]));
    else expect({ path, keys: taken }).toEqual({ path, keys });
  }
});
