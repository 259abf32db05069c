import type { ModelState, RegistrySnapshot } from '@warmset/registry';
import type { PublicExplanation } from '../../../public-explanation.js';

/** The stream of events: being opened, open, being opened again, or ended by the server for good. */
export type ConnectionState = 'connecting' | 'live' | 'lost';

/** What `GET /events` sends besides snapshots, as far as the page wants to know. */
export interface ServerEvents {
  state: { name: string; from: ModelState; to: ModelState; at: number };
  progress: { name: string; fraction: number; at: number };
  failed: { name: string; error: { code: string; message: string }; retryAt?: number; at: number };
  evicted: { name: string; reason: string; freedBytes: number; at: number };
  warning: { name?: string; at: number };
  closed: { at: number };
}

export const SERVER_EVENTS = ['state', 'progress', 'failed', 'evicted', 'warning', 'closed'] as const;

type EventMessage = {
  [E in keyof ServerEvents]: { readonly type: E; readonly data: ServerEvents[E] };
}[keyof ServerEvents];

/** Everything that changes what the page shows. */
export type Message =
  | { readonly type: 'connection'; readonly data: ConnectionState }
  | { readonly type: 'snapshot'; readonly data: RegistrySnapshot }
  | { readonly type: 'explained'; readonly data: PublicExplanation }
  | EventMessage;
