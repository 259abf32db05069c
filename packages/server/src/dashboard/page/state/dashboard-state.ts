import type { HostStatus, ModelStatus, RegistrySnapshot } from '@warmset/registry';
import { type Lanes, onlyOf, withSpan } from './lanes.js';
import { type MemoryPoint, pointOf, withPoint } from './memory-history.js';
import type { ConnectionState, Message, ServerEvents } from './messages.js';
import { type Problem, withProblem } from './problems.js';
import { type TimelineEntry, withExplanation } from './timeline.js';

/** All that the page shows. */
export interface DashboardState {
  readonly connection: ConnectionState;
  /** The last one; `undefined` until the first has come. */
  readonly snapshot: Omit<RegistrySnapshot, 'models' | 'hosts'> | undefined;
  /** In the order of their registration. */
  readonly models: readonly ModelStatus[];
  readonly hosts: readonly HostStatus[];
  readonly memory: readonly MemoryPoint[];
  readonly lanes: Lanes;
  readonly timeline: readonly TimelineEntry[];
  readonly problems: readonly Problem[];
  /** The latest moment that is known of, on the registry's clock. */
  readonly now: number;
}

export const EMPTY: DashboardState = {
  connection: 'connecting',
  snapshot: undefined,
  models: [],
  hosts: [],
  memory: [],
  lanes: new Map(),
  timeline: [],
  problems: [],
  now: 0,
};

/** The state after a message. */
export function reduce(state: DashboardState, message: Message): DashboardState {
  switch (message.type) {
    case 'connection':
      return { ...state, connection: message.data };
    case 'snapshot':
      return afterSnapshot(state, message.data);
    case 'explained':
      return { ...state, timeline: withExplanation(state.timeline, message.data) };
    case 'state':
      return afterState(at(state, message.data), message.data);
    case 'progress':
      return changed(at(state, message.data), message.data.name, (model) => ({
        ...model,
        load: { ...(model.load ?? NO_LOAD), progress: message.data.fraction },
      }));
    case 'evicted':
      // The next snapshot has the same count; until then the model is not one that was never loaded.
      if (NO_EVICTION.has(message.data.reason)) return at(state, message.data);
      return changed(at(state, message.data), message.data.name, (model) => ({
        ...model,
        evictions: model.evictions + 1,
      }));
    case 'failed': {
      const { name, error, at: when } = message.data;
      return withProblemOf(at(state, message.data), { at: when, name, ...error });
    }
    case 'warning': {
      const { name = '', at: when } = message.data;
      const text = 'Something went wrong that no request was told of. The server’s log says more.';
      return withProblemOf(at(state, message.data), { at: when, name, code: 'warning', message: text });
    }
    case 'closed':
      return state.snapshot === undefined
        ? state
        : { ...at(state, message.data), snapshot: { ...state.snapshot, state: 'closed' } };
  }
}

/** A copy that made place for the next one, or that nobody had asked for any more, counts as no eviction. */
const NO_EVICTION: ReadonlySet<string> = new Set(['reload', 'cancelled']);

const NO_LOAD = { lastMs: 0, meanMs: 0, maxMs: 0, queuedMs: 0, at: 0 };

function afterSnapshot(
  state: DashboardState,
  { models, hosts, ...snapshot }: RegistrySnapshot,
): DashboardState {
  let lanes = onlyOf(state.lanes, new Set(models.map(({ name }) => name)));
  let { problems } = state;
  for (const { name, state: now, error } of models) {
    lanes = withSpan(lanes, name, now, snapshot.at);
    if (error === undefined) continue;
    problems = withProblem(problems, { name, at: error.at, code: error.code, message: error.message });
  }
  return {
    ...state,
    snapshot,
    models,
    hosts,
    lanes,
    problems,
    memory: withPoint(state.memory, pointOf({ models, hosts, ...snapshot })),
    now: snapshot.at,
  };
}

function afterState(state: DashboardState, { name, to, at: when }: ServerEvents['state']): DashboardState {
  const lanes = withSpan(state.lanes, name, to, when);
  return changed({ ...state, lanes }, name, ({ load, ...model }) => {
    // How far the last load was says nothing about this one.
    const { progress: _progress, ...times } = load ?? {};
    return { ...model, state: to, ...(load !== undefined && { load: { ...NO_LOAD, ...times } }) };
  });
}

function at(state: DashboardState, event: { readonly at: number }): DashboardState {
  return event.at > state.now ? { ...state, now: event.at } : state;
}

function changed(
  state: DashboardState,
  name: string,
  change: (model: ModelStatus) => ModelStatus,
): DashboardState {
  return { ...state, models: state.models.map((model) => (model.name === name ? change(model) : model)) };
}

function withProblemOf(state: DashboardState, problem: Omit<Problem, 'key'>): DashboardState {
  return { ...state, problems: withProblem(state.problems, problem) };
}
