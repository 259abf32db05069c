import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExampleServer } from '../../../test/support/example-server.js';
import { expectToCloseWell, itServesTheModels } from '../../../test/support/serves-models.js';

const start = () => ExampleServer.start('hono', ['--import', 'tsx', 'server.ts']);

describe('the hono example', () => {
  let server: ExampleServer;

  beforeAll(async () => {
    server = await start();
  }, 60_000);
  afterAll(() => server?.stop());

  itServesTheModels(() => server, '/inference');

  it('has routes of its own, on the same registry', async () => {
    expect(await server.json('/')).toContainEqual({ name: 'heart', state: 'ready' });
  });
}, 60_000);

it('the hono example answers on SIGTERM what it has accepted, and ends', async () => {
  await expectToCloseWell(await start(), '/inference');
}, 60_000);
