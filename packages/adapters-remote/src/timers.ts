import type { Clock } from '@warmset/registry';

/** Node fires a timer of more than 2^31 − 1 ms at once; 24 days are "never" here. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function startTimer(clock: Clock, ms: number, fn: () => void): { stop(): void } {
  if (ms > LONGEST_TIMER_MS) return { stop() {} };
  const handle = clock.setTimeout(fn, ms);
  return { stop: () => clock.clearTimeout(handle) };
}

/** Waits, unless the signal ends it with its reason. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      timer.stop();
      reject(signal.reason);
    };
    const timer = startTimer(clock, ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
