import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type ExampleServer, isRunning } from './example-server.js';
import { MODELS, type ModelName, sampleOf, samplesOf } from './samples.js';

interface RunAnswer {
  output: { risk: number };
  cold: boolean;
  ms: number;
}

/** What `/model-status` says of one model, as far as it is read here. */
interface ModelReport {
  state: string;
  loads: number;
  waiting: number;
}

const FIRST_REQUESTS = 20;

/** What must hold of every example that has Warmset's routes under `prefix`, on a server just started. */
export function itServesTheModels(server: () => ExampleServer, prefix: string): void {
  it.each(MODELS)('%s: predicts every held-out patient, and is loaded once', async (name) => {
    expect((await statusOf(server(), prefix, name)).state).toBe('idle');
    for (const [row, { features, expected }] of samplesOf(name).entries()) {
      const response = await server().post(`${prefix}/models/${name}/run`, { input: features });
      const { output, cold } = (await response.json()) as RunAnswer;
      expect({ row, status: response.status, cold }).toEqual({ row, status: 200, cold: row === 0 });
      expect(output.risk).toBeCloseTo(expected.risk, 4);
    }
    expect((await statusOf(server(), prefix, name)).loads).toBe(1);
  });

  it('answers what is wrong with 400 and 404', async () => {
    const { features } = sampleOf('heart', 0);
    const wrong = { ...features, age: 'old' };
    expect((await server().post(`${prefix}/models/heart/run`, { input: wrong })).status).toBe(400);
    expect((await server().post(`${prefix}/models/none/run`, { input: features })).status).toBe(404);
  });
}

/**
 * Stops a server just started: every accepted request is answered, whatever it waits for, and nothing is left.
 *
 * @param exitCode what the framework ends with on SIGTERM
 */
export async function expectToCloseWell(server: ExampleServer, prefix: string, exitCode = 0): Promise<void> {
  const { features, expected } = sampleOf('lung', 0);
  const path = `${prefix}/models/lung/run`;
  const asked = Array.from({ length: FIRST_REQUESTS }, () => server.post(path, { input: features }));
  // All of them wait for the load: a connection that the server has not taken yet may be lost.
  while ((await statusOf(server, prefix, 'lung')).waiting < FIRST_REQUESTS) await sleep(5);
  const hosts = process.platform === 'linux' ? server.hostPids() : [];
  const stopped = server.stop();
  for (const response of await Promise.all(asked)) {
    expect(response.status).toBe(200);
    expect(((await response.json()) as RunAnswer).output.risk).toBeCloseTo(expected.risk, 4);
  }
  expect(await stopped).toBe(exitCode);
  // Where the framework ends the process itself, they see that a moment later.
  await expect.poll(() => hosts.filter(isRunning), { timeout: 10_000 }).toEqual([]);
}

async function statusOf(server: ExampleServer, prefix: string, name: ModelName): Promise<ModelReport> {
  const status = (await server.json<Record<string, ModelReport>>(`${prefix}/model-status`))[name];
  if (status === undefined) throw new Error(`/model-status says nothing of ${name}.`);
  return status;
}
