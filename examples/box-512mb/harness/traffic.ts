import { xorshift } from '@warmset-examples/models/tools/mlp-bytes';
import type { FleetFile } from './fleet-files.js';

/** A request to send, and what must come back. */
export interface PlannedRequest {
  readonly model: string;
  readonly body: unknown;
  readonly expected: number;
}

/** What a client saw. */
export interface TrafficResult {
  /** Of the answers that were right, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** Why each failed: an HTTP error, a connection that broke, a wrong answer. */
  readonly failures: readonly string[];
  /** Never sent, since the server had ended. */
  readonly unsent: number;
  readonly tookMs: number;
}

/** How much less the next model is wanted: the n-th gets n^−1.2 of what the first gets. */
const SKEW = 1.2;

/**
 * Which models are asked, in which order: popularity follows Zipf's law, as is usual for what is served on request;
 * which model is how popular is drawn. The same seed gives the same traffic.
 */
export function planTraffic(fleet: readonly FleetFile[], requests: number, seed: number): PlannedRequest[] {
  const random = xorshift(seed);
  // The first numbers of xorshift are small where its seed is.
  for (let skipped = 0; skipped < 16; skipped++) random();
  const ranked = shuffled(fleet, random);
  const weights = ranked.map((_, rank) => (rank + 1) ** -SKEW);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: requests }, () => {
    const model = at(ranked, indexOf(weights, random() * total));
    const { body, expected } = at(model.samples, Math.floor(random() * model.samples.length));
    return { model: model.name, body, expected };
  });
}

/** Sends the requests, `concurrency` at a time, until all are answered or the server has ended. */
export async function sendTraffic(
  url: string,
  requests: readonly PlannedRequest[],
  concurrency: number,
  serverEnded: Promise<unknown>,
): Promise<TrafficResult> {
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  const waiting = requests.values();
  let sent = 0;
  let isUp = true;
  void serverEnded.then(() => {
    isUp = false;
  });
  const startedAt = performance.now();
  const client = async () => {
    for (const request of waiting) {
      if (!isUp) return;
      sent += 1;
      const sentAt = performance.now();
      const failure = await ask(url, request);
      if (failure === undefined) latenciesMs.push(performance.now() - sentAt);
      else failures.push(`${request.model}: ${failure}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const tookMs = performance.now() - startedAt;
  return { latenciesMs, failures, unsent: requests.length - sent, tookMs };
}

/** What is wrong with the answer, if anything is. */
async function ask(url: string, { model, body, expected }: PlannedRequest): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/predict/${model}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) return `${response.status} ${text.slice(0, 300)}`;
    return isRight(text, expected) ? undefined : `answered ${text.slice(0, 100)}, expected ${expected}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}

/** Runtimes differ in the last digits: with the number of threads, and between WASM and the reference. */
export function isRight(answer: string, expected: number): boolean {
  const [value] = Object.values(JSON.parse(answer) as Record<string, unknown>);
  return typeof value === 'number' && Math.abs(value - expected) <= 1e-4 * Math.max(1, Math.abs(expected));
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [at(result, other), at(result, last)];
  }
  return result;
}

/** Where `point` falls when the weights are laid end to end. */
function indexOf(weights: readonly number[], point: number): number {
  let end = 0;
  const found = weights.findIndex((weight) => {
    end += weight;
    return point < end;
  });
  return found === -1 ? weights.length - 1 : found;
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}
