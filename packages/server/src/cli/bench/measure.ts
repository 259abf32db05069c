import { createHistogram } from 'node:perf_hooks';
import { messageOf } from '@warmset/registry/adapter';
import { Client } from 'undici';

export interface Load {
  readonly origin: string;
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** Each sends its next request when it has the answer to the one before. */
  readonly connections: number;
  readonly durationMs: number;
  readonly signal?: AbortSignal;
}

/** Times in milliseconds. */
export interface Measurement {
  readonly requests: number;
  /** Answers that were not 200, by their status or the connection's error. */
  readonly failures: Readonly<Record<string, number>>;
  readonly durationMs: number;
  readonly perSecond: number;
  /** Of the answers that were 200. */
  readonly latency: {
    readonly meanMs: number;
    readonly p50Ms: number;
    readonly p95Ms: number;
    readonly p99Ms: number;
    readonly maxMs: number;
  };
}

/**
 * Sends the same request over and over, on a fixed number of connections for a fixed time, and counts. Latency is that
 * of a closed loop: a slow answer also delays the requests that would have followed it, so a server's latency under an
 * open stream of requests is no better than this.
 */
export async function measure(load: Load): Promise<Measurement> {
  // Nanoseconds; an hour is more than any answer takes here.
  const latencies = createHistogram({ lowest: 1, highest: 3_600_000_000_000, figures: 3 });
  const failures: Record<string, number> = {};
  let requests = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + load.durationMs;

  const isStopped = () => load.signal?.aborted === true;

  const connection = async () => {
    const client = new Client(load.origin, { pipelining: 1 });
    try {
      while (performance.now() < endsAt && !isStopped()) {
        const sentAt = performance.now();
        const outcome = await send(client, load);
        if (isStopped()) break;
        requests += 1;
        if (outcome === '200') latencies.record(Math.max(1, Math.round((performance.now() - sentAt) * 1e6)));
        else failures[outcome] = (failures[outcome] ?? 0) + 1;
      }
    } finally {
      await client.destroy();
    }
  };
  await Promise.all(Array.from({ length: load.connections }, connection));

  const durationMs = performance.now() - startedAt;
  const at = (percentile: number) => (latencies.count === 0 ? 0 : latencies.percentile(percentile) / 1e6);
  return {
    requests,
    failures,
    durationMs,
    perSecond: (latencies.count / durationMs) * 1000,
    latency: {
      meanMs: latencies.count === 0 ? 0 : latencies.mean / 1e6,
      p50Ms: at(50),
      p95Ms: at(95),
      p99Ms: at(99),
      maxMs: latencies.count === 0 ? 0 : latencies.max / 1e6,
    },
  };
}

/** The answer's status, or what became of the connection. */
async function send(client: Client, { path, body, headers, signal }: Load): Promise<string> {
  try {
    const { statusCode, body: answer } = await client.request({
      method: 'POST',
      path,
      body,
      headers,
      ...(signal !== undefined && { signal }),
    });
    await answer.dump();
    return String(statusCode);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? messageOf(error);
  }
}
