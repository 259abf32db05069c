import type { Mutex } from 'async-mutex';
import { type Clock, startTimer } from './clock.js';

/** Settles with `work`, or earlier with the signal's reason or the time-out's error; leaves no listener and no timer. */
export function withinLimits<T>(
  work: Promise<T>,
  clock: Clock,
  limits: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined },
  timedOut?: () => unknown,
): Promise<T> {
  const { signal, timeoutMs = Number.POSITIVE_INFINITY } = limits;
  return new Promise<T>((resolve, reject) => {
    const end = (settle: () => void) => {
      timer.stop();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => end(() => reject(signal?.reason));
    const timer = startTimer(clock, timeoutMs, () => end(() => reject(timedOut?.())));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    work.then(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });
}

/** The lock's release, or `undefined` where it was not to be had in time. `released` is called after each release. */
export function lockWithin(
  lock: Mutex,
  clock: Clock,
  timeoutMs: number,
  released: () => void,
): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    let tooLate = false;
    const timer = startTimer(clock, timeoutMs, () => {
      tooLate = true;
      resolve(undefined);
    });
    void lock.acquire().then((free) => {
      const release = () => {
        free();
        released();
      };
      timer.stop();
      if (tooLate) release();
      else resolve(release);
    });
  });
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
