/** Run by a test, without vitest: the conformance suite must then take the globals of whatever runner there is. */
const seen: string[] = [];
Object.assign(globalThis, { describe: (name: string) => seen.push(name), it: () => {} });
const { describeAdapter } = await import('../../src/testing/index.js');
describeAdapter('by globals', () => ({ load: () => 1 }));
process.stdout.write(`${seen.join()}\n`);

export {};
