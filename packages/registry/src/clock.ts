/** Time as the registry sees it; tests inject a fake one. */
export interface Clock {
  /** Milliseconds since the epoch; fractions are welcome. */
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/** Monotonic: idle times and load times survive a change of the wall clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

/** Node fires a timer of more than 2^31 − 1 ms at once; 24 days are "never" here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A started timer; `stop` is idempotent. */
export interface Timer {
  stop(): void;
}

const NEVER: Timer = { stop() {} };

/** Starts a timer that a caller waits for: it keeps the process alive. */
export function startTimer(clock: Clock, ms: number, fn: () => void): Timer {
  if (ms > LONGEST_TIMER_MS) return NEVER;
  const handle = clock.setTimeout(fn, Math.max(0, ms));
  return { stop: () => clock.clearTimeout(handle) };
}

/** Starts a timer that nobody waits for: it does not keep the process alive. */
export function startIdleTimer(clock: Clock, ms: number, fn: () => void): Timer {
  if (ms > LONGEST_TIMER_MS) return NEVER;
  const handle = clock.setTimeout(fn, Math.max(0, ms));
  (handle as { unref?: () => void } | undefined)?.unref?.();
  return { stop: () => clock.clearTimeout(handle) };
}
