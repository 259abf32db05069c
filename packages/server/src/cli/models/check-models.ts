import type { ModelDefinition, ModelMap } from '@warmset/registry';

/** Files looked at together: enough to keep a disk busy, few enough for any limit on open files. */
const AT_ONCE = 8;

/**
 * The models that cannot be loaded, as far as their files tell: each adapter looks at a file before it loads it
 * (`estimateBytes`: it is there, whole and of the right format). No runtime is imported for it, and nothing loaded.
 */
export async function brokenModels(models: ModelMap): Promise<string[]> {
  const left = Object.entries(models);
  const broken = new Set<string>();
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      if (!(await looksWhole(next[1]))) broken.add(next[0]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return Object.keys(models).filter((name) => broken.has(name));
}

async function looksWhole({ estimateBytes }: ModelDefinition): Promise<boolean> {
  if (typeof estimateBytes !== 'function') return true;
  try {
    await estimateBytes();
    return true;
  } catch {
    return false;
  }
}
