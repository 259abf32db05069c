import type { RegistrySnapshot } from '@warmset/registry';

/** The registry's memory at one moment, in bytes. */
export interface MemoryPoint {
  /** Milliseconds on the registry's clock. */
  readonly at: number;
  readonly usedBytes: number;
  /** Used and reserved together: what counts against the budget. */
  readonly chargedBytes: number;
  readonly budgetBytes: number;
}

/** As far back as the page remembers. The server keeps no history: what was before the page was opened is not known. */
export const HISTORY_MS = 60 * 60_000;

export function pointOf({ at, memory }: RegistrySnapshot): MemoryPoint {
  const { usedBytes, reservedBytes, budgetBytes } = memory;
  return { at, usedBytes, chargedBytes: usedBytes + reservedBytes, budgetBytes };
}

/** The points with one more, without those that are too old. A clock that went back starts anew. */
export function withPoint(points: readonly MemoryPoint[], point: MemoryPoint): readonly MemoryPoint[] {
  const last = points.at(-1);
  if (last !== undefined && point.at < last.at) return [point];
  const isSame = last !== undefined && point.at === last.at;
  const kept = points.filter(({ at }) => at >= point.at - HISTORY_MS);
  return [...(isSame ? kept.slice(0, -1) : kept), point];
}

/** A page that was just opened shows this much, and more as it learns more. */
const SHORTEST_MS = 60_000;

/** Where the drawings begin: `windowMs` ago, or with what is known. */
export function beginningOf(points: readonly MemoryPoint[], windowMs: number, now: number): number {
  const known = Math.min(points[0]?.at ?? now, now - SHORTEST_MS);
  return Math.max(known, now - windowMs);
}

/** Seconds, and bytes of each line, as uPlot takes them. */
export type ChartColumns = [at: number[], charged: number[], used: number[], budget: number[]];

/** The points from then on as columns. */
export function columnsOf(points: readonly MemoryPoint[], from: number): ChartColumns {
  const shown = points.filter(({ at }) => at >= from);
  return [
    shown.map(({ at }) => at / 1000),
    shown.map(({ chargedBytes }) => chargedBytes),
    shown.map(({ usedBytes }) => usedBytes),
    shown.map(({ budgetBytes }) => budgetBytes),
  ];
}
