import { fakeModel } from '@warmset/registry/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createContext } from '../src/context.js';
import {
  isLegal,
  type ModelState,
  type Stateful,
  type TransitionObserver,
  transition,
} from '../src/entry-state.js';
import { resolveSettings } from '../src/options.js';
import { openRegistry } from './support/open.js';

const STATES: readonly ModelState[] = ['idle', 'queued', 'loading', 'ready', 'draining', 'failed'];

const LEGAL = [
  'idle→queued',
  'queued→loading',
  'queued→idle',
  'queued→failed',
  'loading→ready',
  'loading→failed',
  'loading→idle',
  'loading→queued',
  'ready→draining',
  // Its host died.
  'ready→idle',
  'ready→failed',
  'draining→idle',
  'draining→ready',
  'failed→queued',
  'failed→idle',
];

const pairs = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

function observed(): { observer: TransitionObserver; calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    observer: {
      changed: (subject, from, to) => calls.push(`${subject.name}: ${from}→${to}`),
      illegal: (subject, from, to) => calls.push(`${subject.name}: illegal ${from}→${to}`),
    },
  };
}

describe('a model’s states', () => {
  it.each(pairs)('%s to %s is legal where the picture has an arrow, and nowhere else', (from, to) => {
    expect(isLegal(from, to)).toBe(LEGAL.includes(`${from}→${to}`));
  });

  it('a legal change is made, then told', () => {
    const subject: Stateful = { name: 'model', state: 'idle' };
    const { observer, calls } = observed();
    transition(subject, 'queued', observer);
    expect(subject.state).toBe('queued');
    expect(calls).toEqual(['model: idle→queued']);
  });

  it('an illegal change is not made, it is reported', () => {
    const subject: Stateful = { name: 'model', state: 'idle' };
    const { observer, calls } = observed();
    transition(subject, 'ready', observer);
    expect(subject.state).toBe('idle');
    expect(calls).toEqual(['model: illegal idle→ready']);
  });

  it('are announced in their order, from the first request to the eviction', async () => {
    const { registry, clock } = openRegistry({ model: fakeModel({ loadMs: 10 }) });
    const seen: string[] = [];
    registry.on('state', ({ from, to, at }) => seen.push(`${at}: ${from}→${to}`));
    const running = registry.run('model', 1);
    await clock.advance(10);
    await running;
    await registry.evict('model');
    expect(seen).toEqual([
      '0: idle→queued',
      '0: queued→loading',
      '10: loading→ready',
      '10: ready→draining',
      '10: draining→idle',
    ]);
  });
});

describe('an illegal change of state', () => {
  afterEach(() => vi.unstubAllEnvs());

  const observer = () => {
    const hooks = { becameReady() {}, relieve() {}, quieter() {}, wanted() {} };
    return createContext(resolveSettings({ memory: { budgetBytes: 1 } }), hooks);
  };

  it('throws in tests', () => {
    const context = observer();
    const subject: Stateful = { name: 'model', state: 'idle' };
    expect(() => transition(subject, 'ready', context.observer)).toThrow(
      '"model" cannot go from idle to ready: a defect in Warmset, please report it',
    );
  });

  it('is a warning in production, and stops nothing', () => {
    vi.stubEnv('NODE_ENV', 'production');
    const context = observer();
    const warnings: string[] = [];
    context.emitter.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
    const subject: Stateful = { name: 'model', state: 'idle' };
    transition(subject, 'ready', context.observer);
    expect(subject.state).toBe('idle');
    expect(warnings).toEqual([
      'model: "model" cannot go from idle to ready: a defect in Warmset, please report it',
    ]);
  });
});
