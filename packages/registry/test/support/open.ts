import { type ModelMap, ModelRegistry, type RegistryOptions } from '@warmset/registry';
import { FakeClock, fakeMemoryProbe } from '@warmset/registry/testing';

/** A registry on its own fake clock, with room for everything unless the test says otherwise. */
export function openRegistry<Models extends ModelMap>(
  models: Models,
  options: Omit<RegistryOptions<Models>, 'models' | 'clock'> = {},
) {
  const clock = new FakeClock();
  const memory = { budgetBytes: 2 ** 40, probe: fakeMemoryProbe(), ...options.memory };
  const registry = new ModelRegistry<Models>({ ...options, models, clock, memory });
  return { registry, clock };
}
