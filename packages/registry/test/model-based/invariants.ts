import { getEventListeners } from 'node:events';
import type { ModelStatus, RegistrySnapshot } from '@warmset/registry';
import type { Actor } from './actor.js';
import type { RegistryScript } from './scripts.js';
import type { World } from './world.js';

/** The table of `entry-state.ts`, written down a second time. */
const LEGAL: Readonly<Record<string, readonly string[]>> = {
  idle: ['queued'],
  queued: ['loading', 'idle', 'failed'],
  loading: ['ready', 'failed', 'idle', 'queued'],
  ready: ['draining'],
  draining: ['idle', 'ready'],
  failed: ['queued', 'idle'],
};

/** Brought back while thrashing, a model is left alone for up to this long. */
const LONGEST_FRESH_MS = 1_000;

/** Watches the events of a registry: changes of state, victims, swaps. */
export function watchEvents({ registry, world, owners, states }: Actor): void {
  registry.on('state', ({ name, from, to, at }) => {
    const owner = owners.get(name);
    const known = states.get(name);
    const before = known?.owner === owner ? (known?.state ?? 'idle') : from;
    if (from !== before) world.violated(`${name} went from ${from}, but it was ${before}`);
    if (LEGAL[from]?.includes(to) !== true) world.violated(`${name} went from ${from} to ${to}`);
    states.set(name, { owner, state: to, since: at });
  });
  registry.on('evicted', ({ name, reason, freedBytes }) => {
    world.seen.add(reason);
    const chosen = reason === 'pressure' || reason === 'deficit' || reason === 'idle';
    const status = registry.snapshot().models.find((model) => model.name === name);
    if (chosen && status?.pinned === true && owners.get(name)?.swaps === 0) {
      world.violated(`${name} is pinned and was evicted (${reason})`);
    }
    if (!(freedBytes >= 0)) world.violated(`${name} freed ${freedBytes} bytes`);
  });
  registry.on('swapped', ({ name }) => {
    world.seen.add('swapped');
    world.swapped(name);
  });
  registry.on('failed', ({ error }) => world.seen.add(error.code));
  registry.on('closed', () => {
    const now = world.clock.now();
    const used = world.copies.filter((copy) => copy.holders > 0 && now < (world.closeLimitAt ?? 0));
    for (const copy of used) world.violated(`close() did not wait for the requests on copy ${copy.id}`);
    // What was in use past the limit goes with its last lease, and close() does not wait for that.
    const left = world.copies.filter(
      (copy) =>
        copy.charged &&
        copy.holders === 0 &&
        copy.unusedSince < (world.closeLimitAt ?? 0) &&
        world.isLive(copy),
    );
    for (const copy of left) world.violated(`close() left copy ${copy.id} in memory`);
  });
}

/** What holds whenever what is settled has run its course. */
export function checkSettled(actor: Actor, script: RegistryScript): void {
  const { registry, world } = actor;
  const snapshot = registry.snapshot();
  checkBooks(actor, snapshot);
  for (const status of snapshot.models) checkModel(actor, status, snapshot);
  if (snapshot.state !== 'open') return;
  if (!snapshot.healthy) world.violated('the registry is not healthy');
  checkNothingIsOverlooked(actor, script, snapshot);
}

/** The books are right: they say what the fakes hold, and keep within the budget. */
function checkBooks({ world }: Actor, { memory, state }: RegistrySnapshot): void {
  const { usedBytes, reservedBytes, budgetBytes } = memory;
  const charged = world.copies.filter((copy) => copy.charged && !copy.gone);
  checkUsed(world, usedBytes);
  const loading = world.calls.filter((call) => call.running && !world.isAbandoned(call));
  const reserved = sum(loading, (call) => call.reservedBytes);
  // While it closes, the registry gives loads up one after the other.
  if (state === 'open' ? reservedBytes !== reserved : reservedBytes < reserved) {
    world.violated(`${reservedBytes} bytes are reserved, the loads under way need ${reserved}`);
  }
  // Only what turned out larger than its estimate goes beyond the budget.
  const excess = sum(charged, (copy) => Math.max(0, copy.bytes - copy.call.reservedBytes));
  if (usedBytes + reservedBytes - excess > budgetBytes) {
    world.violated(`${usedBytes} + ${reservedBytes} bytes exceed ${budgetBytes} with ${excess} unforeseen`);
  }
}

function checkUsed(world: World, usedBytes: number): void {
  const charged = world.copies.filter((copy) => copy.charged && !copy.gone);
  const most = sum(charged, (copy) => copy.bytes);
  const least = sum(charged, (copy) => (world.mayBeUnknown(copy) ? 0 : copy.bytes));
  if (usedBytes < least || usedBytes > most) {
    world.violated(
      `${usedBytes} bytes are charged, the copies hold ${least === most ? most : `${least} to ${most}`}`,
    );
  }
}

function checkModel(actor: Actor, status: ModelStatus, snapshot: RegistrySnapshot): void {
  const { world, owners, busy } = actor;
  const { name, state } = status;
  const owner = owners.get(name);
  const own = world.copies.filter((copy) => copy.call.owner === owner);
  const holders = sum(own, (copy) => copy.holders);
  if (status.leases !== holders) world.violated(`${name} counts ${status.leases} leases of ${holders}`);
  const current = own.filter((copy) => copy.charged && copy.disposals === 0 && !copy.replaced);
  if (state === 'ready' && current.length !== 1) {
    world.violated(`${name} is ready with ${current.length} copies`);
  }
  if (state !== 'ready' && state !== 'draining' && current.length > 0) {
    world.violated(`${name} is ${state} with copy ${current[0]?.id} in memory`);
  }
  if (status.waiting > 0 && (state === 'idle' || state === 'failed')) {
    world.violated(`${name} is ${state} and ${status.waiting} callers wait for it`);
  }
  const unwanted = world.calls.filter((call) => call.owner === owner && call.running && !call.signal.aborted);
  if (state === 'loading' && status.waiting === 0 && unwanted.length > 0) {
    world.violated(`${name} is being loaded and nobody waits for it`);
  }
  checkProgress(actor, status, snapshot.at);
  const expired = status.expiresAt !== undefined && status.expiresAt <= snapshot.at;
  if (
    snapshot.state === 'open' &&
    expired &&
    state === 'ready' &&
    !isBusy(busy, name) &&
    owner?.swaps === 0
  ) {
    world.violated(`${name} is still there at ${snapshot.at}, its idle time ended at ${status.expiresAt}`);
  }
}

/**
 * How long a model may be on its way. A load waits for those before it, each with its time-out and the dispose of a copy
 * that nobody wanted any more, and then for room.
 */
const LONGEST_MS: Readonly<Record<string, number>> = { queued: 200_000, loading: 36_000, draining: 30_000 };

/** Nothing hangs: who waits gets somewhere long before the registry's own limit for a caller. */
function checkProgress(
  { world, states, owners }: Actor,
  { name, state, leases }: ModelStatus,
  now: number,
): void {
  // A model that is drained waits for its last lease.
  if (state === 'draining' && leases > 0) return;
  const own = world.copies.filter((copy) => copy.call.owner === owners.get(name));
  const unusedSince = state === 'draining' ? own.map((copy) => copy.unusedSince) : [];
  const since = Math.max(states.get(name)?.since ?? now, ...unusedSince);
  if (now - since > (LONGEST_MS[state] ?? Number.POSITIVE_INFINITY)) {
    world.violated(`${name} has been ${state} since ${since}`);
  }
}

/** No load waits for what is there already, and no deficit for a repayment that is possible. */
function checkNothingIsOverlooked(actor: Actor, script: RegistryScript, snapshot: RegistrySnapshot): void {
  const { world, owners, busy } = actor;
  const { memory, loads, models } = snapshot;
  // Bytes on their way are waited for; a load between its tries waits for its time.
  if (models.some((model) => model.state === 'draining') || script.retries > 0) return;
  if (world.copies.some((copy) => copy.disposals > 0 && !copy.gone && world.isLive(copy))) return;
  if (world.copies.some((copy) => copy.replaced && copy.disposals === 0)) return;
  const evictable = models.filter(
    (model) =>
      model.state === 'ready' &&
      model.leases === 0 &&
      model.waiting === 0 &&
      !model.pinned &&
      !isBusy(busy, model.name) &&
      owners.get(model.name)?.swaps === 0 &&
      snapshot.at - (model.load?.at ?? 0) > LONGEST_FRESH_MS,
  );
  const names = new Set(evictable.map((model) => model.name));
  const copies = world.copies.filter(
    (copy) =>
      copy.charged &&
      copy.disposals === 0 &&
      names.has(copy.call.owner.name) &&
      owners.get(copy.call.owner.name) === copy.call.owner,
  );
  const evictableBytes = sum(copies, (copy) => copy.bytes);
  const freeBytes = memory.budgetBytes - memory.usedBytes - memory.reservedBytes;
  if (freeBytes < 0 && evictableBytes > 0) {
    world.violated(`a deficit of ${-freeBytes} bytes stands, ${evictableBytes} could go`);
  }
  const queued = models.filter(
    (model) =>
      model.state === 'queued' &&
      model.memory.estimatedBytes !== undefined &&
      model.memory.reservedBytes === undefined,
  );
  if (freeBytes < 0 || loads.active >= script.concurrency || loads.queued !== queued.length) return;
  // A swap queues too, while its model stays ready.
  if ([...owners.values()].some((owner) => owner.swaps > 0)) return;
  const helpable = queued.filter((model) => (model.memory.estimatedBytes ?? 0) <= freeBytes + evictableBytes);
  if (queued.length > 0 && helpable.length === queued.length) {
    const waiting = queued.map((model) => model.name).join(', ');
    world.violated(`${waiting} waits, ${freeBytes} bytes are free and ${evictableBytes} could be`);
  }
}

/** What holds once the registry is closed, every call has ended and every lease is released. */
export function checkClosed(actor: Actor): void {
  const { registry, world, signals, tracker } = actor;
  for (const call of tracker.calls) if (!call.settled) world.violated(`never settles: ${call.what}`);
  if (world.registryTimers.pending > 0) world.violated(`${world.registryTimers.pending} timers are left`);
  for (const { signal } of signals) {
    const left = listeners(signal);
    if (left > 0) world.violated(`${left} listeners are left on a caller’s signal`);
  }
  for (const { name, state, waiting } of registry.snapshot().models) {
    if (state !== 'idle' && state !== 'failed') world.violated(`${name} is ${state} at the end`);
    if (waiting > 0) world.violated(`${waiting} wait for ${name} at the end`);
  }
}

/** What holds after that, when late loaders have ended too. */
export function checkEnd({ registry, world }: Actor): void {
  for (const copy of world.copies) {
    if (copy.disposals !== 1) world.violated(`copy ${copy.id} was disposed of ${copy.disposals} times`);
  }
  const { usedBytes, reservedBytes } = registry.snapshot().memory;
  // Those that did not go stay charged.
  checkUsed(world, usedBytes);
  if (reservedBytes !== 0) world.violated(`${reservedBytes} bytes are reserved at the end`);
  if (world.registryTimers.pending > 0) world.violated(`${world.registryTimers.pending} timers came back`);
}

function isBusy(busy: ReadonlyMap<string, number>, name: string): boolean {
  return (busy.get(name) ?? 0) > 0;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
