import { closestMatch } from 'leven';

/** As much of a list as a line holds. */
const MOST_SHOWN = 20;

/** `did you mean port?`, where a known word is at most a third of its letters away; else what is known. */
export function didYouMean(word: string, known: readonly string[]): string {
  const lower = new Map(known.map((name) => [name.toLowerCase(), name]));
  const closest = closestMatch(word.toLowerCase(), [...lower.keys()], {
    maxDistance: Math.max(1, Math.ceil(word.length / 3)),
  });
  if (closest !== undefined) return `did you mean ${lower.get(closest)}?`;
  const more = known.length > MOST_SHOWN ? ` and ${known.length - MOST_SHOWN} more` : '';
  return `known are ${known.slice(0, MOST_SHOWN).join(', ')}${more}`;
}
