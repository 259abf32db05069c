import { describe, expect, it } from 'vitest';
import { type DashboardState, EMPTY, reduce } from '../../src/dashboard/page/state/dashboard-state.js';
import type { Message } from '../../src/dashboard/page/state/messages.js';
import { stateWord } from '../../src/dashboard/page/state/wording.js';
import { model, snapshot } from './samples.js';

function after(...messages: Message[]): DashboardState {
  return messages.reduce(reduce, EMPTY);
}

/** What the table says of the model after each message. */
function words(name: string, ...messages: Message[]): (string | undefined)[] {
  return messages.map((_, index) => {
    const found = after(...messages.slice(0, index + 1)).models.find((one) => one.name === name);
    return found && stateWord(found);
  });
}

describe('the state of the dashboard', () => {
  it('follows a model from cold to evicted by its events alone', () => {
    const moved = (from: 'idle' | 'queued' | 'loading' | 'ready' | 'draining', to: typeof from, at: number) =>
      ({ type: 'state', data: { name: 'm', from, to, at } }) as const;
    expect(
      words(
        'm',
        { type: 'snapshot', data: snapshot(0, [model('m')]) },
        moved('idle', 'queued', 1),
        moved('queued', 'loading', 2),
        { type: 'progress', data: { name: 'm', fraction: 0.425, at: 3 } },
        moved('loading', 'ready', 4),
        moved('ready', 'draining', 5),
        moved('draining', 'idle', 6),
        { type: 'evicted', data: { name: 'm', reason: 'pressure', freedBytes: 0, at: 6 } },
      ),
    ).toEqual(['cold', 'queued', 'loading', 'loading 43 %', 'ready', 'draining', 'cold', 'evicted']);
  });

  it('forgets how far the last load was when the next one begins', () => {
    const loading = model('m', {
      state: 'loading',
      load: { lastMs: 5, meanMs: 5, maxMs: 5, queuedMs: 0, at: 9, progress: 0.9 },
    });
    const { models } = after(
      { type: 'snapshot', data: snapshot(0, [loading]) },
      { type: 'state', data: { name: 'm', from: 'loading', to: 'queued', at: 1 } },
    );
    expect(models[0]?.load).toEqual({ lastMs: 5, meanMs: 5, maxMs: 5, queuedMs: 0, at: 9 });
  });

  it('does not call a copy that was replaced, or that nobody wanted any more, an eviction', () => {
    for (const reason of ['reload', 'cancelled']) {
      const { models } = after(
        { type: 'snapshot', data: snapshot(0, [model('m')]) },
        { type: 'evicted', data: { name: 'm', reason, freedBytes: 0, at: 1 } },
      );
      expect(models[0]?.evictions).toBe(0);
    }
  });

  it('tells of one failure once, whether by its event or in snapshots, and of the newest first', () => {
    const error = { code: 'ERR_LOAD_FAILED', message: 'could not be loaded' };
    const failed = model('m', { state: 'failed', error: { ...error, at: 500 } });
    const { problems } = after(
      { type: 'snapshot', data: snapshot(0, [model('m')]) },
      { type: 'failed', data: { name: 'm', error, at: 501 } },
      { type: 'snapshot', data: snapshot(1_000, [failed]) },
      { type: 'snapshot', data: snapshot(2_000, [failed]) },
      { type: 'warning', data: { at: 3_000 } },
      { type: 'failed', data: { name: 'm', error, at: 4_000 } },
    );
    expect(problems.map(({ name, code, at }) => [name, code, at])).toEqual([
      ['m', 'ERR_LOAD_FAILED', 4_000],
      ['', 'warning', 3_000],
      ['m', 'ERR_LOAD_FAILED', 501],
    ]);
  });

  it('forgets models that are not registered any more', () => {
    const { models, lanes } = after(
      { type: 'snapshot', data: snapshot(0, [model('gone', { state: 'ready' }), model('m')]) },
      { type: 'snapshot', data: snapshot(1, [model('m')]) },
    );
    expect([models.map(({ name }) => name), [...lanes.keys()]]).toEqual([['m'], ['m']]);
  });

  it('knows of a registry that is closed', () => {
    const { snapshot: last } = after(
      { type: 'snapshot', data: snapshot(0, []) },
      { type: 'closed', data: { at: 1 } },
    );
    expect(last?.state).toBe('closed');
  });

  it('makes nothing of events before the first snapshot', () => {
    expect(after({ type: 'closed', data: { at: 1 } }).snapshot).toBeUndefined();
    expect(after({ type: 'progress', data: { name: 'm', fraction: 1, at: 1 } }).models).toEqual([]);
  });
});
