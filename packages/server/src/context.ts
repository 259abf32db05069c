import type { ModelRegistry } from '@warmset/registry';
import type { AdminGuard } from './admin.js';
import type { EventHub } from './events/hub.js';
import type { BodyRoom } from './http/body-room.js';
import type { Deadlines } from './infer/deadlines.js';
import type { Traffic } from './infer/traffic.js';
import type { ModelFacts } from './model-facts.js';
import type { Settings } from './options.js';
import type { Readiness } from './readiness.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What every route is made of. */
export interface ServerContext {
  readonly registry: ModelRegistry;
  readonly settings: Settings;
  readonly admin: AdminGuard;
  readonly facts: ModelFacts;
  readonly traffic: Traffic;
  readonly bodies: BodyRoom;
  readonly deadlines: Deadlines;
  readonly hub: EventHub;
  readonly readiness: Readiness;
  readonly telemetry: Telemetry;
}
