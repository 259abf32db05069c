import { startIdleTimer, systemClock, type Timer } from '../clock.js';
import type { RegistryContext } from '../context.js';
import { type BudgetDerivation, deriveBudget, mib } from './auto-budget.js';
import { NO_ROUND, type Round, reliefBytes } from './pressure.js';

/** How often the memory is looked at while models are loaded; one look takes 0.1 to 0.2 ms (ADR 0013). */
const LOOK_EVERY_MS = 500;

/** For how long what allocators have kept of an evicted model counts for the loads that it went for. */
const KEPT_FOR_MS = 30_000;

/**
 * Watches what the system says of the memory. The budget follows the container's limit, no load starts for which no
 * memory is available, and idle models go before the kernel has to choose.
 */
export class MemoryWatch {
  readonly #context: RegistryContext;
  readonly #relieve: (needBytes: number, because: string) => number;
  #derivation: BudgetDerivation;
  #availableBytes = Number.POSITIVE_INFINITY;
  /** The books have changed since the last look. */
  #stale = true;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #round: Round = NO_ROUND;
  /** Of models that went for the room of others, what has not shown in the available memory. */
  #keptBytes = 0;
  #keptAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #stopped = false;

  /** @param relieve evicts idle models, the cheapest first; how many bytes are on their way back for it */
  constructor(context: RegistryContext, relieve: (needBytes: number, because: string) => number) {
    this.#context = context;
    this.#relieve = relieve;
    this.#derivation = context.settings.budget;
  }

  /** What decisions are made on besides the books; none where the available memory is not watched. */
  get numbers(): Readonly<Record<string, number>> {
    const { floorBytes } = this.#derivation;
    const availableBytes = this.#availableBytes;
    return this.#watches && availableBytes < Number.POSITIVE_INFINITY ? { availableBytes, floorBytes } : {};
  }

  /** How the budget came about, as of the last look. */
  get budget(): BudgetDerivation {
    return this.#derivation;
  }

  /**
   * What a load may take now, in bytes: what the budget has left, and no more than is available above the floor. What
   * allocators have kept of the models that went for it is taken first, so it counts too: else one load would send all
   * others away, one by one, for memory that does not come back. Where nothing is loaded no eviction could make room, so
   * then the floor may be used too.
   */
  roomBytes(): number {
    const { budget, settings } = this.#context;
    if (!this.#watches) return budget.freeBytes;
    if (this.#stale || settings.clock.now() - this.#lookedAt >= LOOK_EVERY_MS) this.#look();
    this.#arm(LOOK_EVERY_MS);
    const { freeBytes, usedBytes, reservedBytes } = budget;
    const { floorBytes } = this.#derivation;
    if (floorBytes === 0) return freeBytes;
    const leftBytes = usedBytes + reservedBytes === 0 ? 0 : floorBytes;
    // What is reserved is not allocated yet, or not all of it.
    const room = Math.max(0, this.#availableBytes + this.#stillKeptBytes - leftBytes - reservedBytes);
    return Math.min(freeBytes, room);
  }

  /** The books have changed, so the last look says nothing of what is available now. */
  changed(): void {
    this.#stale = true;
  }

  /** A model that went for the room of another has been disposed of, in a process that lives on: its allocators may keep it. */
  disposed(bytes: number): void {
    this.#keptBytes = this.#stillKeptBytes + bytes;
    this.#keptAt = this.#context.settings.clock.now();
  }

  /** A load has taken what it was measured to take, first of what was kept. */
  took(bytes: number): void {
    this.#keptBytes = Math.max(0, this.#keptBytes - bytes);
  }

  /** A model was loaded: looks as soon as the load's own work is done. */
  loaded(): void {
    if (!this.#watches) return;
    this.#timer?.stop();
    this.#timer = undefined;
    this.#arm(0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.stop();
  }

  /** Tests with a clock of their own see no pressure of the machine that they run on, unless by a probe of their own. */
  get #watches(): boolean {
    const { clock, gauge } = this.#context.settings;
    const { option, floorBytes } = this.#derivation;
    const isAsked = floorBytes > 0 || typeof option !== 'number';
    return isAsked && !this.#stopped && (clock === systemClock || !gauge.isSystem);
  }

  get #stillKeptBytes(): number {
    const isOver = this.#context.settings.clock.now() - this.#keptAt >= KEPT_FOR_MS;
    return isOver ? 0 : this.#keptBytes;
  }

  #arm(ms: number): void {
    // A listener may have closed the registry in the midst of a look.
    if (this.#stopped) return;
    this.#timer ??= startIdleTimer(this.#context.settings.clock, ms, () => {
      this.#timer = undefined;
      this.#look();
      this.#ease();
      this.#context.relieve();
      const { residents, disposing, flying } = this.#context;
      if (residents.size + disposing.size + flying.size > 0) this.#arm(LOOK_EVERY_MS);
    });
  }

  #look(): void {
    const { gauge, clock } = this.#context.settings;
    const reading = gauge.read();
    const availableBytes = reading.availableBytes ?? Number.POSITIVE_INFINITY;
    this.#stale = false;
    this.#lookedAt = clock.now();
    // What has come back is not kept; a rise for another reason is taken for that too, which errs on the safe side.
    if (availableBytes > this.#availableBytes)
      this.#keptBytes = Math.max(0, this.#keptBytes - (availableBytes - this.#availableBytes));
    this.#availableBytes = availableBytes;
    if (reading.limitBytes === this.#derivation.limitBytes) return;
    this.#derivation = deriveBudget(this.#context.settings.budgetGivens, reading);
    this.#context.budget.budgetBytes = this.#derivation.budgetBytes;
  }

  /** Evicts idle models where less than the floor is available. */
  #ease(): void {
    const { disposing, hosts, settings } = this.#context;
    const availableBytes = this.#availableBytes;
    const { floorBytes, limitBytes } = this.#derivation;
    if (availableBytes < floorBytes) hosts.endIdle();
    const comingBytes = disposing.bytes + hosts.comingBytes;
    const now = settings.clock.now();
    const needBytes = reliefBytes({ availableBytes, floorBytes, comingBytes, now, round: this.#round });
    if (needBytes === 0) return;
    const because = `since only ${mib(availableBytes)} of ${mib(limitBytes)} were available, less than ${mib(floorBytes)}`;
    const evictedBytes = this.#relieve(needBytes, because);
    if (evictedBytes > 0) this.#round = { at: now, availableBytes, evictedBytes };
  }
}
