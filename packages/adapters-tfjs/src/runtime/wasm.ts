import type { TensorFlow } from '../tensorflow.js';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Starts the WebAssembly backend, single-threaded with SIMD, from the `.wasm` file in its own package.
 *
 * Emscripten's start-up code listens for the process's uncaught errors and throws them again: an application that logs
 * unhandled rejections and goes on would end at the first. Those listeners are taken off.
 *
 * @throws Error where the backend does not start
 */
export async function startWasm(tf: TensorFlow): Promise<void> {
  const before = new Set(EVENTS.flatMap((event) => process.listeners(event as 'uncaughtException')));
  try {
    if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend did not start');
  } finally {
    for (const event of EVENTS) {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        const emscriptens = /instanceof ExitStatus|throw reason/.test(String(listener));
        if (emscriptens && !before.has(listener)) process.off(event, listener);
      }
    }
  }
}
