import type { DecisionRecord, Explanation } from '@warmset/registry';

/** The reasons of these quote an error, which may name files; the numbers say the rest. */
const QUOTING: Partial<Record<DecisionRecord['kind'], string>> = {
  failed: 'its load failed',
  crashed: 'its host ended',
  kept: 'its old copy was kept, since the new one did not load',
};

/** What a stranger may read of an explanation. */
export type PublicExplanation = Pick<Explanation, 'name' | 'state' | 'summary' | 'decisions' | 'budget'>;

/** `registry.explain()` without what a stranger may not read. */
export function publicExplanation({ name, state, decisions, budget }: Explanation): PublicExplanation {
  const shown = decisions.map((decision) => ({
    ...decision,
    reason: QUOTING[decision.kind] ?? decision.reason,
  }));
  return {
    name,
    state,
    summary: `${name} is ${state}: ${shown.at(-1)?.reason ?? 'nothing has asked for it yet'}`,
    decisions: shown,
    budget,
  };
}
