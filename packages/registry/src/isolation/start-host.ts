import type { Clock } from '../clock.js';
import type { Settings } from '../options.js';
import type { RemoteHost } from './host.js';
import { findHostFile } from './host-file.js';
import { refuseInsideHost } from './inside-host.js';
import { startProcessHost } from './process-host.js';
import { startThreadHost } from './thread-host.js';

const START_LIMIT_MS = 30_000;
const PING_EVERY_MS = 5_000;
const PING_LIMIT_MS = 5_000;
/** Each step of ending a host: asking, SIGTERM, SIGKILL. */
const STOP_STEP_MS = 2_000;

/** Imported with the first host that is started: a registry whose models are all inline loads none of this. */
export function startHost(
  kind: 'thread' | 'process',
  clock: Clock,
  isolation: Settings['isolation'],
): Promise<RemoteHost> {
  refuseInsideHost();
  const options = {
    clock,
    hostFile: findHostFile(isolation.hostFile),
    startTimeoutMs: START_LIMIT_MS,
    pingEveryMs: PING_EVERY_MS,
    pingTimeoutMs: PING_LIMIT_MS,
    runTimeoutMs: isolation.runTimeoutMs,
    stopTimeoutMs: STOP_STEP_MS,
    execArgv: isolation.execArgv,
    env: isolation.env,
  };
  return kind === 'process' ? startProcessHost(options) : startThreadHost(options);
}
