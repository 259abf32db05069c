import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const farSide = new URL('bare-far-side.mjs', import.meta.url);

/**
 * A worker thread or a child process, and the least that it takes to ask it something: ids, since several questions may
 * be under way.
 *
 * @param {'thread' | 'process'} kind
 * @param {string} [path] of the model on the far side; without, it sends back what it got
 */
export async function bareChannel(kind, path) {
  const thread = kind === 'thread';
  const far = thread
    ? new Worker(farSide, { workerData: path })
    : fork(fileURLToPath(farSide), path === undefined ? [] : [path], { serialization: 'advanced' });
  await once(far, 'message');
  const waiting = new Map();
  let lastId = 0;
  far.on('message', ([id, output]) => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve(output);
  });
  return {
    ask(input) {
      return new Promise((resolve) => {
        waiting.set(++lastId, resolve);
        if (thread) far.postMessage([lastId, input]);
        else far.send([lastId, input]);
      });
    },
    end: () => (thread ? far.terminate() : far.kill()),
  };
}
