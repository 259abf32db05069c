/** Blocks this thread for `ms` milliseconds: for what must happen while the process exits, when nothing asynchronous does. */
export function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
