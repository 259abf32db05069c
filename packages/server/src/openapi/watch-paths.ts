import { anyObject, json, type PathItem, type Paths, ref, refusals } from './parts.js';

const tags = ['Watching'];

function get(operationId: string, summary: string, responses: Readonly<Record<string, object>>): PathItem {
  return { get: { operationId, summary, tags, responses } };
}

function plain(description: string, type: string): object {
  return { description, content: { [type]: { schema: { type: 'string' } } } };
}

/** What tells how the server does, by the group of routes. */
export const watchPaths: Readonly<
  Record<'health' | 'probes' | 'metrics' | 'events' | 'dashboard' | 'openapi', Paths>
> = {
  health: {
    '/health': get('health', 'How it does, in short.', {
      200: json('Well.', ref('Health')),
      503: json('It is stuck or closing.', ref('Health')),
    }),
    '/model-status': get('modelStatuses', 'Every model.', { 200: json('By name.', ref('ModelStatuses')) }),
    '/memory-status': get('memoryStatus', 'Memory of the machine, the process and the models.', {
      200: json('In MB (10^6 bytes).', ref('MemoryStatus')),
    }),
  },
  probes: {
    '/livez': get('live', 'Does it live?', { 200: json('It does.', ref('Live')) }),
    '/readyz': get('ready', 'Should it get requests?', {
      200: json('Yes.', ref('Readiness')),
      503: json('Not yet, or not any more.', ref('Readiness')),
    }),
  },
  metrics: { '/metrics': get('metrics', 'For Prometheus.', { 200: plain('The metrics.', 'text/plain') }) },
  events: {
    '/events': get('events', 'What happens, as server-sent events, and a snapshot every few seconds.', {
      200: plain('The events.', 'text/event-stream'),
      ...refusals(503),
    }),
  },
  dashboard: {
    '/dashboard': get('dashboard', 'A page that shows all of it as it happens.', {
      200: plain('The page.', 'text/html'),
    }),
  },
  openapi: { '/openapi.json': get('openapi', 'This document.', { 200: json('The document.', anyObject) }) },
};
