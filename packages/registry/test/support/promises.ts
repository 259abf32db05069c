import { expect } from 'vitest';

/** A promise that the test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** What the promise rejects with; a promise that resolves fails the test. */
export async function rejection<E = unknown>(promise: Promise<unknown>): Promise<E> {
  const [outcome] = await Promise.allSettled([promise]);
  if (outcome?.status === 'fulfilled') {
    expect.unreachable(`expected a rejection, got ${String(outcome.value)}`);
  }
  return (outcome as PromiseRejectedResult).reason as E;
}

/** Watches a promise without waiting for it. */
export interface Watched<T> {
  state: 'pending' | 'resolved' | 'rejected';
  value?: T;
  reason?: unknown;
}

export function watch<T>(promise: Promise<T>): Watched<T> {
  const watched: Watched<T> = { state: 'pending' };
  promise.then(
    (value) => Object.assign(watched, { state: 'resolved', value }),
    (reason: unknown) => Object.assign(watched, { state: 'rejected', reason }),
  );
  return watched;
}
