import type { ModelDefinition } from '@warmset/registry';
import type { LoadScript, ModelScript } from './scripts.js';
import type { Copy, LoadLimits, Owner, World } from './world.js';

export interface RunInput {
  readonly ms: number;
  readonly fails: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A definition that does what its script says, and tells the world of it. */
export function fakeDefinition(
  world: World,
  owner: Owner,
  script: ModelScript,
  registryLimits: LoadLimits,
): ModelDefinition<Copy, RunInput, Copy> {
  const { estimate, estimatedBytes, loads } = script;
  const { stallTimeoutMs } = registryLimits;
  const limits = { loadTimeoutMs: script.loadTimeoutMs ?? registryLimits.loadTimeoutMs, stallTimeoutMs };
  let begun = 0;
  let lastMeasured: number | undefined;
  const reservation = () => Math.max(estimate === 'none' ? 0 : estimatedBytes, lastMeasured ?? 0);

  async function load(plan: LoadScript, signal: AbortSignal, reportProgress: (fraction: number) => void) {
    const heeded = plan.heedsAbort ? signal : undefined;
    const call = world.began(owner, signal, reservation(), limits);
    try {
      if (plan.reportsProgress) {
        await world.pause(plan.loadMs / 2, heeded);
        reportProgress(0.5);
        if (!world.isOverdue(call)) call.stallsAt = world.clock.now() + (stallTimeoutMs ?? NEVER);
        await world.pause(plan.loadMs / 2, heeded);
      } else {
        await world.pause(plan.loadMs, heeded);
      }
      if (plan.outcome === 'hangs') await world.pause(NEVER, heeded);
      if (plan.outcome === 'fails') throw new Error('the file is damaged');
      if (plan.outcome === 'fails-for-good') throw Object.assign(new Error('no file'), { retriable: false });
      if (plan.outcome === 'null') {
        call.running = false;
        return null as unknown as Copy;
      }
      return world.loaded(call, plan);
    } catch (error) {
      call.running = false;
      throw error;
    }
  }

  return {
    ...estimateOf(world, script),
    ...(script.pinned && { pinned: true }),
    ...(script.idleTimeoutMs !== undefined && { idleTimeoutMs: script.idleTimeoutMs }),
    ...(script.maxConcurrency !== undefined && { maxConcurrency: script.maxConcurrency }),
    ...(script.maxQueue !== undefined && { maxQueue: script.maxQueue }),
    ...(script.loadTimeoutMs !== undefined && { loadTimeoutMs: script.loadTimeoutMs }),
    load({ signal, reportProgress }) {
      const plan = loads[begun % loads.length] as LoadScript;
      begun += 1;
      return load(plan, signal, reportProgress);
    },
    async warmup(copy) {
      await world.pause(copy.script.warmupMs);
      if (copy.script.outcome === 'warmup-fails') throw new Error('the warm-up failed');
    },
    // The last thing that a good load asks for.
    measureBytes(copy) {
      copy.call.running = false;
      if (world.isOverdue(copy.call)) return undefined;
      copy.charged = true;
      lastMeasured = copy.script.measuredBytes ?? lastMeasured;
      return copy.script.measuredBytes;
    },
    async run(copy, { ms, fails }) {
      world.entered(copy, 'a run');
      await world.pause(ms);
      world.left(copy, 'a run');
      if (fails) throw new Error('the run failed');
      return copy;
    },
    async dispose(copy) {
      world.disposing(copy);
      try {
        await world.pause(copy.script.disposeMs);
        if (copy.script.dispose === 'hangs') await world.pause(NEVER);
        if (copy.script.dispose === 'throws') {
          copy.failedToGo = true;
          throw new Error('the dispose failed');
        }
        copy.gone = true;
      } finally {
        // After a failed warm-up this is the load's end.
        copy.call.running = false;
      }
    },
  };
}

function estimateOf(
  world: World,
  { estimate, estimatedBytes }: ModelScript,
): Pick<ModelDefinition, 'estimateBytes'> {
  switch (estimate) {
    case 'none':
      return {};
    case 'number':
      return { estimateBytes: estimatedBytes };
    case 'function':
      return { estimateBytes: () => estimatedBytes };
    case 'slow':
      return { estimateBytes: () => world.pause(10).then(() => estimatedBytes) };
    case 'hangs':
      return { estimateBytes: () => world.pause(NEVER).then(() => estimatedBytes) };
    case 'throws':
      return {
        estimateBytes: () => {
          throw new Error('there is no such file');
        },
      };
  }
}
