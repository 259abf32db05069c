/**
 * The far side of a bare channel, in a worker thread or a child process: answers each message with what came, or, where
 * a model's path is given, with what ONNX Runtime makes of it.
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

const path = isMainThread ? process.argv[2] : workerData;
const answer = path === undefined ? (input) => input : await bareModel(path);
const channel = isMainThread ? process : parentPort;
const send = (message) => (isMainThread ? process.send(message) : parentPort.postMessage(message));

channel.on('message', async ([id, input]) => send([id, await answer(input)]));
send([0]);

async function bareModel(file) {
  const { bareSession } = await import('./bare.mjs');
  return (await bareSession(file)).run;
}
