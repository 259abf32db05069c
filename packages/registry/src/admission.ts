import { Semaphore } from 'async-mutex';
import { startTimer, type Timer } from './clock.js';
import type { RegistryContext } from './context.js';
import { modelError, type WarmsetError } from './errors.js';
import type { Victims } from './eviction/victims.js';
import { type Evict, Evictions } from './evictions.js';
import type { Instance } from './instance.js';
import { LoadQueue } from './load-queue.js';
import { type Decision, type Schedule, schedule } from './load-scheduler.js';
import { howToRaise } from './memory/auto-budget.js';
import type { ModelEntry } from './model-entry.js';
import { type AdmissionRequest, type Admitted, QueueItem } from './queue-item.js';

/** Carries out what {@link schedule} decides: slots, reservations, evictions, refusals. */
export class Admission {
  readonly #context: RegistryContext;
  readonly #evictions: Evictions;
  readonly #queue: LoadQueue;
  readonly #slots: Semaphore;
  #recheck: Timer | undefined;
  #deciding = false;
  #decideAgain = false;

  constructor(context: RegistryContext, evict: Evict) {
    this.#context = context;
    this.#evictions = new Evictions(context, evict);
    this.#queue = new LoadQueue(() => context.budget.budgetBytes);
    this.#slots = new Semaphore(context.settings.loadSlots);
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Since when the longest-blocked load waits for memory, in milliseconds on the clock. */
  get blockedSince(): number | undefined {
    let earliest: number | undefined;
    for (const item of this.#queue) {
      if (item.blocked !== undefined) earliest = Math.min(earliest ?? item.blocked.since, item.blocked.since);
    }
    return earliest;
  }

  /**
   * Resolves once the load has a slot and its bytes.
   *
   * @throws WarmsetError `ERR_MODEL_TOO_LARGE`, `ERR_MEMORY_BUDGET`; the signal's reason
   */
  request(request: AdmissionRequest): Promise<Admitted> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const onAbort = () => finish(() => reject(signal.reason));
      const finish = (settle: () => void) => {
        this.#queue.delete(item);
        item.unblock();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const item = new QueueItem(
        request,
        this.#context,
        (admitted) => finish(() => resolve(admitted)),
        (error) => finish(() => reject(error)),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(item);
      this.decide();
    });
  }

  /** Somebody joined the callers that wait for the model. */
  joined(entry: ModelEntry): void {
    this.#queue.joined(entry);
  }

  /** Decides anew; called whenever bytes, a slot or a model became free. */
  decide(): void {
    if (this.#deciding) {
      this.#decideAgain = true;
      return;
    }
    this.#deciding = true;
    try {
      do {
        this.#decideAgain = false;
        if (this.#queue.size > 0 || this.#context.budget.freeBytes < 0) this.#decideOnce();
      } while (this.#decideAgain);
    } finally {
      this.#deciding = false;
    }
  }

  /**
   * Evicts what is idle, the cheapest first, to bring back `needBytes`, as far as it goes: for memory that the machine is
   * short of, whatever the budget says.
   *
   * @param because what the decision says of it, after "evicted"
   * @returns the bytes that it put on their way back
   */
  relievePressure(needBytes: number, because: string): number {
    return this.#evictions.relieve(needBytes, because);
  }

  close(): void {
    this.#recheck?.stop();
  }

  #decideOnce(): void {
    const { clock } = this.#context.settings;
    const now = clock.now();
    let { decisions, recheckAt } = this.#schedule(now);
    // A host that holds nothing goes before any model does.
    if (decisions.some(isForWantOfRoom) && this.#context.hosts.endIdle()) {
      ({ decisions, recheckAt } = this.#schedule(now));
    }
    for (const decision of decisions) this.#carryOut(decision, now);
    this.#recheck?.stop();
    if (Number.isFinite(recheckAt)) {
      this.#recheck = startTimer(clock, recheckAt - now, () => this.decide());
    }
  }

  #schedule(now: number): Schedule<QueueItem, Instance> {
    const { budget, residents, disposing, stuck, hosts, watch } = this.#context;
    // First, since the budget may change with what it finds.
    const freeBytes = watch.roomBytes();
    let victims: Victims<Instance> | undefined;
    return schedule<QueueItem, Instance>({
      queue: this.#queue.byUrgency(),
      freeSlots: this.#slots.getValue(),
      budgetBytes: budget.budgetBytes,
      freeBytes,
      comingBytes: disposing.bytes + hosts.comingBytes,
      immovableBytes: stuck.bytes + residents.pinnedBytes,
      victims: () => {
        victims ??= this.#evictions.victims(now);
        return victims;
      },
      now,
    });
  }

  #carryOut(decision: Decision<QueueItem, Instance>, now: number): void {
    const { load } = decision;
    // A listener that heard of the decision before this one may have changed what it was made on.
    if (load !== undefined && !this.#queue.has(load)) {
      this.#decideAgain = true;
      return;
    }
    switch (decision.kind) {
      case 'start':
        return this.#start(decision.load);
      case 'evict':
        for (const victim of decision.victims) {
          const { needBytes } = decision;
          if (!victim.evictable) this.#decideAgain = true;
          else if (load === undefined)
            this.#evictions.evict(victim, 'deficit', 'to repay a deficit', needBytes);
          else this.#evictions.evict(victim, 'pressure', `to make room for ${load.entry.name}`, needBytes);
        }
        return;
      case 'refuse':
        return decision.load.reject(this.#refusal(decision.load, decision.reason));
      case 'block':
        return this.#block(decision.load, now);
      case 'promise':
        return decision.load.unblock();
      default:
        decision satisfies never;
    }
  }

  #start(item: QueueItem): void {
    const { budget } = this.#context;
    this.#note(item, 'admitted', `${item.bytes} bytes were reserved for it`);
    const charge = budget.reserve(item.bytes, item.entry.name);
    // The schedule found a free slot, so this takes it at once; the semaphore keeps the count.
    void this.#slots.acquire();
    let held = true;
    item.resolve({
      charge,
      releaseSlot: () => {
        if (!held) return;
        held = false;
        this.#slots.release();
        this.decide();
      },
    });
  }

  #block(item: QueueItem, now: number): void {
    if (item.blocked !== undefined) return;
    const waitMs = this.#context.settings.memory.waitTimeoutMs;
    this.#note(item, 'blocked', 'what is loaded is in use, pinned or was just loaded');
    item.blocked = {
      since: now,
      // From half its wait on nothing may pass it any more, so that small loads cannot starve a large one.
      overdueAt: now + waitMs / 2,
      timer: startTimer(this.#context.settings.clock, waitMs, () =>
        item.reject(this.#refusal(item, 'no-room')),
      ),
    };
  }

  #refusal(item: QueueItem, reason: 'too-large' | 'no-room'): WarmsetError {
    const { settings, budget, watch } = this.#context;
    const { name } = item.entry;
    const needs = `needs ${item.bytes} bytes;`;
    if (reason === 'too-large') {
      this.#note(item, 'refused', 'it exceeds the whole budget');
      const text = `${needs} the whole budget is ${budget.budgetBytes}. ${howToRaise(watch.budget, item.bytes)}`;
      return modelError('ERR_MODEL_TOO_LARGE', name, text, { retriable: false });
    }
    this.#note(item, 'refused', 'no room could be made');
    const roomBytes = watch.roomBytes();
    const short = roomBytes < budget.freeBytes ? ` (${roomBytes} by the available memory)` : '';
    const free = `${Math.max(0, budget.freeBytes)} of ${budget.budgetBytes} are free${short}`;
    const held =
      item.priority === 'live'
        ? 'what is loaded is in use or pinned. Raise memory.budgetBytes or pin less.'
        : 'a preload pushes out nothing that is in use, pinned or newer than itself. Raise memory.budgetBytes or preload less.';
    return modelError('ERR_MEMORY_BUDGET', name, `${needs} ${free} and ${held}`, {
      retryAfterMs: settings.memory.waitTimeoutMs,
      retriable: false,
    });
  }

  #note(item: QueueItem, kind: 'admitted' | 'blocked' | 'refused', reason: string): void {
    const { freeBytes, usedBytes, reservedBytes, budgetBytes } = this.#context.budget;
    const numbers = {
      needBytes: item.bytes,
      freeBytes,
      usedBytes,
      reservedBytes,
      budgetBytes,
      ...this.#context.watch.numbers,
    };
    this.#context.decisions.add(item.entry.name, kind, reason, numbers);
  }
}

function isForWantOfRoom(decision: Decision<QueueItem, Instance>): boolean {
  if (decision.kind === 'refuse') return decision.reason === 'no-room';
  return decision.kind === 'evict' || decision.kind === 'block';
}
