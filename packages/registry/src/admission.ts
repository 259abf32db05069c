import { Semaphore } from 'async-mutex';
import { startTimer, type Timer } from './clock.js';
import type { RegistryContext } from './context.js';
import { modelError, type WarmsetError } from './errors.js';
import type { Instance } from './instance.js';
import { type Decision, schedule } from './load-scheduler.js';
import { type AdmissionRequest, type Admitted, QueueItem } from './queue-item.js';

/** Carries out what {@link schedule} decides: slots, reservations, evictions, refusals. */
export class Admission {
  readonly #context: RegistryContext;
  readonly #evict: (
    victim: Instance,
    reason: 'pressure' | 'deficit',
    because: string,
    needBytes: number,
  ) => void;
  readonly #queue = new Set<QueueItem>();
  readonly #slots: Semaphore;
  #recheck: Timer | undefined;
  #deciding = false;
  #decideAgain = false;

  constructor(
    context: RegistryContext,
    evict: (victim: Instance, reason: 'pressure' | 'deficit', because: string, needBytes: number) => void,
  ) {
    this.#context = context;
    this.#evict = evict;
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

  close(): void {
    this.#recheck?.stop();
  }

  #decideOnce(): void {
    const { settings, budget, residents, disposing, stuck } = this.#context;
    const now = settings.clock.now();
    // A host that holds nothing goes before any model does.
    if ([...this.#queue].some(({ bytes }) => bytes > budget.freeBytes)) this.#context.hosts.endIdle();
    const { decisions, recheckAt } = schedule<QueueItem, Instance>({
      queue: [...this.#queue],
      freeSlots: this.#slots.getValue(),
      budgetBytes: budget.budgetBytes,
      freeBytes: budget.freeBytes,
      // A copy that was replaced comes back only once its last request has ended.
      comingBytes:
        bytesOf([...disposing].filter((copy) => copy.leases === 0)) + this.#context.hosts.comingBytes,
      immovableBytes: bytesOf(stuck) + bytesOf([...residents].filter((resident) => resident.entry.pinned)),
      residents: [...residents]
        .filter((resident) => resident.evictable)
        .sort((a, b) => a.entry.order - b.entry.order),
      now,
      score: (candidate) => this.#score(candidate as Instance, now),
    });
    for (const decision of decisions) this.#carryOut(decision, now);
    this.#recheck?.stop();
    if (Number.isFinite(recheckAt))
      this.#recheck = startTimer(settings.clock, recheckAt - now, () => this.decide());
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
          else if (load === undefined) this.#evict(victim, 'deficit', 'to repay a deficit', needBytes);
          else this.#evict(victim, 'pressure', `to make room for ${load.entry.name}`, needBytes);
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
    const charge = budget.reserve(item.bytes);
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
    const { settings, budget } = this.#context;
    const { name } = item.entry;
    const needs = `needs ${item.bytes} bytes;`;
    if (reason === 'too-large') {
      this.#note(item, 'refused', 'it exceeds the whole budget');
      const text = `${needs} the whole budget is ${budget.budgetBytes}. Raise memory.budgetBytes.`;
      return modelError('ERR_MODEL_TOO_LARGE', name, text, { retriable: false });
    }
    this.#note(item, 'refused', 'no room could be made');
    const free = `${Math.max(0, budget.freeBytes)} of ${budget.budgetBytes} are free`;
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
    const numbers = { needBytes: item.bytes, freeBytes, usedBytes, reservedBytes, budgetBytes };
    this.#context.decisions.add(item.entry.name, kind, reason, numbers);
  }

  #score(candidate: Instance, now: number): number {
    const { eviction: policy } = this.#context.settings;
    try {
      const score = policy.score(candidate, now);
      if (!Number.isNaN(score)) return score;
      this.#context.warn(
        `The eviction policy gave NaN for "${candidate.name}"; its last use was taken instead`,
      );
    } catch (cause) {
      this.#context.warn(
        `The eviction policy threw for "${candidate.name}"; its last use was taken instead`,
        { cause },
      );
    }
    return candidate.lastUsedAt;
  }
}

function bytesOf(instances: Iterable<Instance>): number {
  let bytes = 0;
  for (const instance of instances) bytes += instance.bytes;
  return bytes;
}
