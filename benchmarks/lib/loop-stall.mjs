import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often the event loop is looked at; a loop that is never stalled shows about this much. */
const TICK_MS = 1;

/**
 * The longest time for which this thread's event loop did nothing else while `work` went on.
 *
 * @param {() => Promise<unknown>} work
 * @returns {Promise<number>} milliseconds, of which {@link TICK_MS} is the time between two looks
 */
export async function longestStall(work) {
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  // The monitor counts from its second look on.
  await sleep(20);
  delay.reset();
  await work();
  // A stall is seen at the look after it.
  await sleep(20);
  delay.disable();
  return delay.max / 1e6;
}
