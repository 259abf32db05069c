/** How often it is looked at whether a load works. */
const LOOK_EVERY_MS = 100;
/** Below this share of a processor it waits for something else. A process among many that want one still gets more. */
const WORKING_SHARE = 0.03;
/** A load that has waited this long for something else is not waited for itself. */
const LONGEST_WAIT_MS = 500;
/** Nor is one that takes this long: what works may be another model's run. */
const LONGEST_TURN_MS = 5_000;

/**
 * The loads of one host, one after the other, so that what each of them takes can be told apart. They share a thread, so
 * side by side they would not be faster. A load that hangs, or waits for a network, holds up the others only briefly.
 */
export class LoadTurns {
  readonly #cpuMs: () => number;
  #over: Promise<void> = Promise.resolve();

  /** @param cpuMs what the host has taken of its processors, in milliseconds */
  constructor(cpuMs: () => number = processCpuMs) {
    this.#cpuMs = cpuMs;
  }

  /** Resolves when it is this load's turn, with what ends it. */
  async take(): Promise<() => void> {
    const before = this.#over;
    let end = () => {};
    // Made before the wait: who comes now is after this one.
    this.#over = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    let cpuMs = this.#cpuMs();
    let waitedMs = 0;
    let takenMs = 0;
    const look = setInterval(() => {
      const usedMs = this.#cpuMs() - cpuMs;
      cpuMs += usedMs;
      waitedMs = usedMs < WORKING_SHARE * LOOK_EVERY_MS ? waitedMs + LOOK_EVERY_MS : 0;
      takenMs += LOOK_EVERY_MS;
      if (waitedMs >= LONGEST_WAIT_MS || takenMs >= LONGEST_TURN_MS) over();
    }, LOOK_EVERY_MS).unref();
    const over = () => {
      clearInterval(look);
      end();
    };
    return over;
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
