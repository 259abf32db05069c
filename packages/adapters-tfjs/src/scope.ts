import { AsyncLocalStorage } from 'node:async_hooks';
import type { TensorFlow, TfTensor } from './tensorflow.js';

/** Who makes a tensor: the work of which scope. */
const owner = new AsyncLocalStorage<object>();

/** The last work queued on each engine. */
const queues = new WeakMap<object, Promise<unknown>>();

/**
 * `tf.tidy` for work that awaits: every tensor that `work` makes and does not `keep` is disposed of when it settles,
 * also when it fails half-way, which TensorFlow.js itself leaves allocated.
 *
 * The engine has one stack of scopes for all that goes on in the process. So only one such work runs on it at a time, and
 * of the tensors made meanwhile only those that this work made are its to dispose of: a server's own code may be
 * making some between two of its steps.
 */
export async function scoped<T>(tf: TensorFlow, work: () => Promise<T>): Promise<T> {
  const engine = tf.engine();
  const before = queues.get(engine) ?? Promise.resolve();
  const mine = before.then(async () => {
    const token = {};
    engine.startScope('warmset');
    const made: TfTensor[] = engine.state.activeScope.track;
    made.push = (...tensors) =>
      owner.getStore() === token ? Array.prototype.push.apply(made, tensors) : made.length;
    try {
      return await owner.run(token, work);
    } finally {
      engine.endScope();
    }
  });
  // Without its result: the last model that was loaded would be kept by the queue.
  const settled = (): void => {};
  queues.set(engine, mine.then(settled, settled));
  return mine;
}
