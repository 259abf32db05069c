import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deathSignalPrefix } from '../../src/isolation/death-signal.js';
import { type FaultOutcome, faultTable, rounds } from './support/fault-table.js';
import { built, isAlive, until } from './support/faulty.js';

const script = fileURLToPath(new URL('support/parent.ts', import.meta.url));
const models = new URL('fixtures/faulty.mjs', import.meta.url).href;
const hasDeathSignal = (await deathSignalPrefix()).length > 0;

describe('a server that is killed', () => {
  const outcomes: FaultOutcome[] = [];
  const started: ChildProcess[] = [];

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
  });

  afterAll(() => {
    if (rounds > 1) console.log(faultTable(outcomes));
  });

  for (let round = 1; round <= rounds; round += 1) {
    it(`leaves no host behind, idle or in an endless loop (${round} of ${rounds})`, async () => {
      const args = ['--import', 'tsx', script, built.hostFile.href, models];
      const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      started.push(server);
      const [line] = await once(createInterface({ input: server.stdout }), 'line');
      const { idle, looping } = JSON.parse(line) as { idle: number; looping: number };
      // Where the kernel cannot be asked to end it, a host in a loop sees nothing, ever.
      const pids = hasDeathSignal ? [idle, looping] : [idle];
      if (!hasDeathSignal) process.kill(looping, 'SIGKILL');
      expect(pids.map(isAlive)).toEqual(pids.map(() => true));
      const startedAt = performance.now();
      server.kill('SIGKILL');
      await until('its hosts are gone', () => !pids.some(isAlive));
      outcomes.push({
        fault: 'the server killed (SIGKILL)',
        callers: ['–'],
        neighbourServed: 0,
        neighbourFailed: 0,
        recoveryMs: performance.now() - startedAt,
        bytesLeft: 0,
        processesLeft: pids.filter(isAlive).length,
      });
    }, 30_000);
  }
});
