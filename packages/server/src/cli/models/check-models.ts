import type { ModelDefinition, ModelMap } from '@warmset/registry';

/** Files looked at together: enough to keep a disk busy, few enough for any limit on open files. */
const AT_ONCE = 8;

/** What the files tell of models that are not loaded yet. */
export interface ModelCheck {
  /** Those that cannot be loaded. */
  readonly broken: readonly string[];
  /** What the others need, in bytes, where their adapters can tell; by name. */
  readonly estimates: ReadonlyMap<string, number>;
}

/**
 * Looks at every model as its adapter does before a load (`estimateBytes`: the file is there, whole and of the right
 * format). No runtime is imported for it, and nothing loaded.
 */
export async function checkModels(models: ModelMap): Promise<ModelCheck> {
  const left = Object.entries(models);
  const broken = new Set<string>();
  const estimates = new Map<string, number>();
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, definition] = next;
      try {
        const bytes = await estimateOf(definition);
        if (bytes !== undefined) estimates.set(name, bytes);
      } catch {
        broken.add(name);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { broken: Object.keys(models).filter((name) => broken.has(name)), estimates };
}

async function estimateOf({ estimateBytes }: ModelDefinition): Promise<number | undefined> {
  return typeof estimateBytes === 'function' ? estimateBytes() : estimateBytes;
}
