import { Actor } from './actor.js';
import { checkClosed, checkEnd, checkSettled, watchEvents } from './invariants.js';
import type { Reaction, Step } from './operations.js';
import type { RegistryScript } from './scripts.js';

/** What happens from a registry's first call to its last. */
export interface Sequence {
  readonly registry: RegistryScript;
  readonly reactions: readonly Reaction[];
  readonly steps: readonly Step[];
  /** What is still held is released before `close()`, or only after it. */
  readonly releases: 'before-close' | 'after-close';
  readonly closeTimeoutMs: number | undefined;
}

/** Longer than any wait of the registry. */
const LONG_MS = 3_600_000;

export interface Outcome {
  /** What was wrong, each with its time. */
  readonly violations: readonly string[];
  /** Kinds of things that happened: why models left, what loads failed with. */
  readonly seen: ReadonlySet<string>;
}

export async function play(sequence: Sequence): Promise<Outcome> {
  const actor = new Actor(sequence.registry);
  const { world } = actor;
  const stopWatching = watchProcess((what) => world.violated(what));
  try {
    watchEvents(actor);
    reactWith(actor, sequence.reactions);
    for (const { operation, pause } of sequence.steps) {
      actor.perform(operation);
      if (operation.op === 'advance') await world.clock.advance(operation.ms);
      if (pause === 'settle') await world.clock.settle();
      else for (let tick = 0; tick < pause; tick += 1) await undefined;
      if (pause === 'settle') checkSettled(actor, sequence.registry);
      if (world.violations.length > 0) return world;
    }
    await end(actor, sequence);
    return world;
  } finally {
    stopWatching();
  }
}

async function end(actor: Actor, { releases, closeTimeoutMs }: Sequence): Promise<void> {
  const { world } = actor;
  const releaseAll = () => {
    while (actor.held.length > 0) actor.release(0);
  };
  if (releases === 'before-close') releaseAll();
  actor.close(closeTimeoutMs);
  let isClosed = false;
  actor.closed?.then(() => {
    isClosed = true;
  });
  await passTime(actor, () => isClosed);
  releaseAll();
  await passTime(actor, () => actor.tracker.allSettled && isOver(actor));
  releaseAll();
  await world.clock.settle();
  checkClosed(actor);
  await world.clock.runAll(LONG_MS);
  checkEnd(actor);
}

/** Goes from timer to timer, no further than needed: a timer that is left over then stays to be found. */
async function passTime({ world }: Actor, until: () => boolean): Promise<void> {
  const { clock, registryTimers, fakeTimers } = world;
  const giveUpAt = clock.now() + LONG_MS;
  await clock.settle();
  while (!until() && clock.now() < giveUpAt) {
    const next = Math.min(registryTimers.nextDueAt, fakeTimers.nextDueAt, giveUpAt);
    await clock.advance(Math.max(0, next - clock.now()));
  }
}

/** Nothing is used any more, and what was loaded is gone or known not to go. */
function isOver({ world }: Actor): boolean {
  return world.copies.every((copy) => copy.holders === 0 && !(copy.charged && world.isLive(copy)));
}

function reactWith(actor: Actor, reactions: readonly Reaction[]): void {
  const left = [...reactions];
  actor.registry.on('state', ({ name, to }) => {
    const index = left.findIndex((reaction) => reaction.name === name && reaction.to === to);
    // Each is made once: a listener that answers every change with another would go on for ever.
    const [reaction] = index < 0 ? [] : left.splice(index, 1);
    if (reaction !== undefined) actor.perform(reaction.operation);
  });
}

/** What the registry says to nobody in particular. */
function watchProcess(violated: (what: string) => void): () => void {
  const { emitWarning } = process;
  process.emitWarning = (warning) => {
    if (/defect in Warmset|A listener/.test(String(warning))) violated(String(warning));
  };
  const onRejection = (error: unknown) =>
    violated(`nobody handles ${error instanceof Error ? error.stack : String(error)}`);
  process.on('unhandledRejection', onRejection);
  return () => {
    process.emitWarning = emitWarning;
    process.off('unhandledRejection', onRejection);
  };
}
