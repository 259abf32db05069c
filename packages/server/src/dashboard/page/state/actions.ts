import type { EvictReport, ModelState } from '@warmset/registry';
import { formatBytes } from '../../../cli/output/units.js';

/** What an admin can do to a model. */
export type Action = 'load' | 'reload' | 'evict';

export const ACTIONS: readonly Action[] = ['load', 'reload', 'evict'];

/** Which actions would do something in each state. */
const POSSIBLE: Readonly<Record<ModelState, readonly Action[]>> = {
  idle: ['load'],
  queued: [],
  loading: [],
  ready: ['reload', 'evict'],
  draining: [],
  failed: ['load'],
};

export function isPossible(action: Action, state: ModelState): boolean {
  return POSSIBLE[state].includes(action);
}

/** What came of an action, for people. */
export interface Outcome {
  readonly text: string;
  readonly failed: boolean;
  /** The token, or the lack of one, was refused. */
  readonly refused: boolean;
}

/** @param body the answer's JSON, `undefined` where it had none */
export function outcomeOf(action: Action, name: string, status: number, body: unknown): Outcome {
  const refused = status === 401 || status === 403;
  if (status === 200) return { text: `${name}: ${doneWords(action, body)}`, failed: false, refused };
  const reason = errorOf(body) ?? `The server answered ${status}.`;
  return { text: `${name}: not ${PAST[action]}. ${reason}`, failed: true, refused };
}

const PAST: Readonly<Record<Action, string>> = { load: 'loaded', reload: 'reloaded', evict: 'evicted' };

function doneWords(action: Action, body: unknown): string {
  if (action !== 'evict') return PAST[action];
  const { evicted, freedBytes } = body as EvictReport;
  if (!evicted) return 'was not loaded or is still in use';
  return freedBytes > 0 ? `evicted, ${formatBytes(freedBytes)} measured free` : 'evicted';
}

function errorOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return typeof body.error === 'string' ? body.error : undefined;
}
