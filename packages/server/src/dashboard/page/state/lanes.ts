import type { ModelState } from '@warmset/registry';
import { HISTORY_MS } from './memory-history.js';

/** A state that a model was in from `from` until the next span's; milliseconds on the registry's clock. */
export interface Span {
  readonly from: number;
  readonly state: ModelState;
}

/** What each model was, by its name, the oldest first. */
export type Lanes = ReadonlyMap<string, readonly Span[]>;

/** Spans of one model are kept to this many, however often it comes and goes. */
const MOST_SPANS = 400;

/** The model is in `state` since `at`; nothing changes where it was already. */
export function withSpan(lanes: Lanes, name: string, state: ModelState, at: number): Lanes {
  const spans = lanes.get(name) ?? [];
  if (spans.at(-1)?.state === state) return lanes;
  // The span that was going on when the history begins is still needed.
  const firstKept = spans.findLastIndex(({ from }) => from <= at - HISTORY_MS);
  const kept = spans.slice(Math.max(0, firstKept)).slice(1 - MOST_SPANS);
  return new Map(lanes).set(name, [...kept, { from: at, state }]);
}

/** Only these models. */
export function onlyOf(lanes: Lanes, names: ReadonlySet<string>): Lanes {
  if ([...lanes.keys()].every((name) => names.has(name))) return lanes;
  return new Map([...lanes].filter(([name]) => names.has(name)));
}

/** Lanes that are drawn. */
export const MOST_LANES = 20;

/** Of these names those that were more than cold since `from`: at most {@link MOST_LANES}, the ones that changed last. */
export function lanesSince(lanes: Lanes, names: readonly string[], from: number): readonly string[] {
  const lively = names.filter((name) => {
    const spans = lanes.get(name) ?? [];
    return spans.some(({ state }, index) => state !== 'idle' && (spans[index + 1]?.from ?? Infinity) >= from);
  });
  const changedAt = (name: string) => lanes.get(name)?.at(-1)?.from ?? 0;
  const latest = new Set([...lively].sort((a, b) => changedAt(b) - changedAt(a)).slice(0, MOST_LANES));
  return lively.filter((name) => latest.has(name));
}

/** A piece of a lane as it is drawn: where it begins and how wide it is, as shares of the whole. */
export interface Piece {
  readonly state: ModelState;
  readonly start: number;
  readonly width: number;
}

/** The spans between `from` and `to`, those without memory left out: a cold model's lane is empty. */
export function piecesOf(spans: readonly Span[], from: number, to: number): readonly Piece[] {
  const length = to - from;
  if (length <= 0) return [];
  return spans.flatMap(({ from: begun, state }, index) => {
    const ended = spans[index + 1]?.from ?? to;
    const start = Math.max(begun, from);
    const end = Math.min(ended, to);
    if (state === 'idle' || end <= start) return [];
    return [{ state, start: (start - from) / length, width: (end - start) / length }];
  });
}
