import type { RegistryEvents } from '@warmset/registry';
import { fakeModel } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadOf, manualModel } from './support/manual-model.js';
import { openRegistry } from './support/open.js';
import { rejection } from './support/promises.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('events', () => {
  it('tell a model’s life in order, each with its time', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 10, bytes: 7 }) });
    const events: unknown[] = [];
    for (const event of ['state', 'ready', 'evicted', 'closed'] as const) {
      registry.on(event, (facts: RegistryEvents[typeof event]) => events.push({ event, ...facts }));
    }
    await clock.advance(5);
    const loading = registry.load('model');
    await clock.advance(10);
    await loading;
    await registry.evict('model');
    await registry.close();
    const name = 'model';
    expect(events).toEqual([
      { event: 'state', name, from: 'idle', to: 'queued', at: 5 },
      { event: 'state', name, from: 'queued', to: 'loading', at: 5 },
      { event: 'state', name, from: 'loading', to: 'ready', at: 15 },
      { event: 'ready', name, loadMs: 10, queuedMs: 0, bytes: 7, source: 'runtime', at: 15 },
      { event: 'state', name, from: 'ready', to: 'draining', at: 15 },
      { event: 'evicted', name, reason: 'request', freedBytes: 7, waitedMs: 0, at: 15 },
      { event: 'state', name, from: 'draining', to: 'idle', at: 15 },
      { event: 'closed', at: 15 },
    ]);
  });

  it('`ready` comes after the waiters have their leases, when the model can be used', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const seen: unknown[] = [];
    registry.on('ready', () => {
      seen.push(registry.status('model').leases, registry.tryAcquire('model')?.model.id);
    });
    await registry.acquire('model');
    expect(seen).toEqual([1, 1]);
  });

  it('`draining` comes before the model stops, when no new lease is given', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    await registry.load('model');
    const seen: unknown[] = [];
    registry.on('state', ({ to }) => {
      if (to === 'draining') seen.push(registry.tryAcquire('model'));
    });
    await registry.evict('model');
    expect(seen).toEqual([undefined]);
  });

  it('`failed` says when the next try may be made, for each try', async () => {
    const load = { retries: 1, cooldownMs: 1000, backoff: { initialMs: 10, jitter: 0 } };
    const { registry, clock } = openRegistry({ model: fakeModel({ failures: 9 }) }, { load });
    const failures: RegistryEvents['failed'][] = [];
    registry.on('failed', (failure) => failures.push(failure));
    const failing = rejection(registry.load('model'));
    await clock.advance(10);
    expect(await failing).toBe(failures[1]?.error);
    expect(failures).toMatchObject([
      { name: 'model', at: 0, retryAt: 10, error: { code: 'ERR_LOAD_FAILED' } },
      { name: 'model', at: 10, retryAt: 1010 },
    ]);
  });

  it('`progress` passes on what a loader reports', async () => {
    const model = manualModel();
    const { registry, clock } = openRegistry({ model });
    const events: unknown[] = [];
    registry.on('progress', (event) => events.push(event));
    const loading = registry.load('model');
    await clock.settle();
    loadOf(model).context.reportProgress(0.25);
    loadOf(model).resolve();
    await loading;
    expect(events).toEqual([{ name: 'model', fraction: 0.25, at: 0 }]);
  });

  it('once hears one, off hears no more', async () => {
    const { registry } = openRegistry({ model: fakeModel() });
    const heard: string[] = [];
    const listener = () => heard.push('on');
    registry.once('ready', () => heard.push('once')).on('ready', listener);
    await registry.load('model');
    await registry.reload('model');
    await registry.evict('model');
    registry.off('ready', listener);
    await registry.load('model');
    expect(heard).toEqual(['once', 'on']);
  });

  it('a listener that throws, or rejects, breaks nothing and becomes a process warning', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { registry } = openRegistry({ model: fakeModel() });
    const heard: string[] = [];
    registry.on('state', () => {
      throw new Error('sync');
    });
    registry.once('ready', async () => {
      throw new Error('async');
    });
    registry.on('ready', () => heard.push('the next one'));
    expect(await registry.run('model', 1)).toBe(1);
    expect(heard).toEqual(['the next one']);
    const texts = warned.mock.calls.map(([text]) => String(text));
    expect(texts).toContain('A listener for "state" threw: sync');
    expect(texts).toContain('A listener for "ready" threw: async');
  });

  it('`warning` goes to the process where nobody listens for it', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const model = manualModel({ load: () => ({ id: 1, disposed: 0 }), dispose: () => Promise.reject('no') });
    const { registry } = openRegistry({ model });
    await registry.load('model');
    await registry.evict('model');
    expect(warned.mock.calls).toEqual([
      [expect.stringMatching(/"model" could not be disposed of.*: no$/), 'WarmsetWarning'],
    ]);
  });
});
