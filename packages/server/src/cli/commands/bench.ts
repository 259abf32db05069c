import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { formatInferRequest, JSON_TYPE, signatureOf } from '@warmset/open-inference';
import type { TensorSpec } from '@warmset/registry';
import { messageOf } from '@warmset/registry/adapter';
import { generateInputs } from '../bench/inputs.js';
import { type Measurement, measure } from '../bench/measure.js';
import { CliError, usageError } from '../cli-error.js';
import { renderTable } from '../output/table.js';
import { terminalOf } from '../output/terminal.js';
import { formatMs } from '../output/units.js';
import { errorIn, getJson, pathOf, serverUrl } from './server-client.js';

export interface BenchFlags {
  /** In milliseconds. */
  readonly duration: number;
  readonly connections: number;
  readonly batch: number;
  readonly input?: string;
  readonly binary?: boolean;
  readonly remote?: boolean;
  readonly json?: boolean;
}

interface InferBody {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Measures one model of a running server. A request that fails before the measurement begins ends it. */
export async function bench(address: string, model: string, flags: BenchFlags): Promise<void> {
  const server = serverUrl(address);
  if (flags.remote !== true && !isLoopback(server.hostname)) {
    throw usageError(
      `${server.hostname} is not this machine. A measurement is a load on the server: add --remote if it is yours.`,
    );
  }
  const path = `/v2/models/${encodeURIComponent(model)}`;
  const request =
    flags.input === undefined ? await madeRequest(server, path, flags) : await ownRequest(flags.input);
  await assertAccepted(new URL(pathOf(server, `${path}/infer`), server), request);
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  if (flags.json !== true)
    console.log(`${model}: ${flags.connections} connections for ${formatMs(flags.duration)} …`);
  const measured = await measure({
    origin: server.origin,
    path: pathOf(server, `${path}/infer`),
    ...request,
    connections: flags.connections,
    durationMs: flags.duration,
    signal: stop.signal,
  });
  process.removeListener('SIGINT', onInterrupt);
  if (flags.json === true)
    console.log(JSON.stringify({ model, connections: flags.connections, ...measured }));
  else for (const line of report(measured)) console.log(line);
  const failed = Object.values(measured.failures).reduce((total, count) => total + count, 0);
  if (failed > 0) throw new CliError(`${failed} of ${measured.requests} requests failed.`);
}

async function madeRequest(
  server: URL,
  path: string,
  { batch, binary = false }: BenchFlags,
): Promise<InferBody> {
  const inputs = await inputsOf(server, path);
  if (inputs.length === 0) {
    throw usageError('The model says nothing of its inputs. Send a request of yours: --input request.json');
  }
  // Half floats travel as bytes only.
  const asBytes = binary || inputs.some(({ dtype }) => dtype === 'float16');
  const { body, headers } = formatInferRequest({ binary: asBytes }, generateInputs(inputs, batch));
  return { body, headers };
}

/** A model tells what it takes once it is loaded; a request without inputs has it loaded, and is refused. */
async function inputsOf(server: URL, path: string): Promise<readonly TensorSpec[]> {
  const { inputs } = signatureOf(await getJson(server, path));
  if (inputs.length > 0) return inputs;
  const { status, text } = await post(new URL(pathOf(server, `${path}/infer`), server), {
    body: JSON.stringify({ inputs: [] }),
    headers: { 'content-type': JSON_TYPE },
  });
  if (status >= 500) throw new CliError(`The model was not loaded (${status}): ${errorIn(text)}`);
  return signatureOf(await getJson(server, path)).inputs;
}

async function ownRequest(file: string): Promise<InferBody> {
  try {
    const body = await readFile(file, 'utf8');
    JSON.parse(body);
    return { body, headers: { 'content-type': JSON_TYPE } };
  } catch (error) {
    throw usageError(`--input ${file}: ${messageOf(error)}.`, error);
  }
}

/** Shows that the server takes the request, before any time is measured. */
async function assertAccepted(url: URL, request: InferBody): Promise<void> {
  const { status, text } = await post(url, request);
  if (status === 200) return;
  const hint = '\nSend a request of yours where a made one does not fit: --input request.json';
  throw new CliError(
    `The first request was answered with ${status}: ${errorIn(text)}${status === 400 ? hint : ''}`,
  );
}

async function post(url: URL, { body, headers }: InferBody): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, { method: 'POST', body, headers });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CliError(`${url.origin} did not answer the first request: ${messageOf(error)}.`, undefined, {
      cause: error,
    });
  }
}

function report({ requests, failures, perSecond, latency }: Measurement): string[] {
  const { paint } = terminalOf(process.stdout);
  const [head = '', row = ''] = renderTable(
    ['MEAN', 'P50', 'P95', 'P99', 'MAX'].map((title) => ({ title, align: 'right' as const })),
    [[latency.meanMs, latency.p50Ms, latency.p95Ms, latency.p99Ms, latency.maxMs].map(formatMs)],
  );
  const failed = Object.entries(failures).map(([reason, count]) => `${count} × ${reason}`);
  return [
    '',
    paint('dim', `LATENCY ${head}`),
    `        ${row}`,
    '',
    `${paint('bold', `${perSecond.toFixed(perSecond < 100 ? 1 : 0)} per second`)}, ${requests} requests` +
      (failed.length === 0 ? ', none failed' : `; failed: ${failed.join(', ')}`),
  ];
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
