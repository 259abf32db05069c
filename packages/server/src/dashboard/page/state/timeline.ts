import type { DecisionRecord } from '@warmset/registry';
import type { PublicExplanation } from '../../../public-explanation.js';

/** One decision about a model, for the timeline. */
export interface TimelineEntry extends DecisionRecord {
  readonly name: string;
  /** Tells it from every other one. */
  readonly key: string;
}

/** Entries that are kept. */
export const MOST_ENTRIES = 200;

/** The entries with those of an explanation, the newest first; none is there twice. */
export function withExplanation(
  entries: readonly TimelineEntry[],
  { name, decisions }: Pick<PublicExplanation, 'name' | 'decisions'>,
): readonly TimelineEntry[] {
  const known = new Set(entries.map(({ key }) => key));
  const found = entriesOf(name, decisions).filter(({ key }) => !known.has(key));
  if (found.length === 0) return entries;
  // What was decided last at one moment comes first.
  return [...found.reverse(), ...entries].sort((a, b) => b.at - a.at).slice(0, MOST_ENTRIES);
}

function entriesOf(name: string, decisions: readonly DecisionRecord[]): TimelineEntry[] {
  return decisions.map((decision) => ({
    ...decision,
    name,
    key: JSON.stringify([name, decision.at, decision.kind, decision.reason]),
  }));
}

/** The last reason that is known of each model. */
export function reasonsOf(entries: readonly TimelineEntry[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { name, reason } of entries) if (!reasons.has(name)) reasons.set(name, reason);
  return reasons;
}
