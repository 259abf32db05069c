import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATATYPES } from '@warmset/open-inference';
import { describeAdapter } from '@warmset/registry/testing';
import { afterAll, beforeAll } from 'vitest';
import { remoteModel } from '../src/index.js';
import { identity, type StubServer, stubServer } from './support/stub-server.js';

const everyDatatype = identity(DATATYPES);
const folder = await mkdtemp(join(tmpdir(), 'warmset-remote-'));
const socketPath = join(folder, 'stub.sock');
const servers: StubServer[] = [];

beforeAll(async () => {
  servers.push(await stubServer({ metadata: everyDatatype }));
  servers.push(await stubServer({ metadata: everyDatatype, listen: { path: socketPath } }));
  servers.push(await stubServer({ metadata: identity(DATATYPES.filter((datatype) => datatype !== 'FP16')) }));
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true });
});

const url = (index: number) => servers[index]?.url ?? '';
describeAdapter('remoteModel of every datatype, over TCP', () => remoteModel({ url: url(0), model: 'm' }));
describeAdapter('remoteModel of every datatype, over a Unix socket', () =>
  remoteModel({ socketPath, model: 'm' }),
);
describeAdapter('remoteModel of every datatype but FP16, in JSON', () =>
  remoteModel({ url: url(2), model: 'm', binary: false }),
);
