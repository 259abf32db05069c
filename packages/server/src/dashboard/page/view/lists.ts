import type { HostStatus } from '@warmset/registry';
import { formatBytes, formatMs } from '../../../cli/output/units.js';
import type { Problem } from '../state/problems.js';
import type { TimelineEntry } from '../state/timeline.js';
import { clockWords, hostWords, numberWords, readable } from '../state/wording.js';
import { byId, element, setData, setText } from './dom.js';
import { Table } from './table.js';

/** Loads, evictions and what else was decided, with the reasons. */
export const timelineTable = (isOn: boolean) =>
  new Table<TimelineEntry>(byId('timeline-table', HTMLElement), {
    caption: 'Decisions about models, the newest first',
    columns: [
      { title: 'Model', text: ({ name }) => name },
      { title: 'When', className: 'tight', text: ({ at }) => clockWords(at) },
      { title: 'What', className: 'tight', paint: paintKind },
      { title: 'Why', className: 'wide', text: ({ reason }) => readable(reason) },
      { title: 'Numbers', className: 'soft', text: ({ numbers }) => numberWords(numbers) },
    ],
    keyOf: ({ key }) => key,
    empty: isOn
      ? 'Nothing has been decided yet.'
      : 'This server does not tell: its option `routes.models` is off.',
  });

export const hostsTable = () =>
  new Table<HostStatus>(byId('hosts-table', HTMLElement), {
    caption: 'Hosts: where models are loaded',
    columns: [
      { title: 'Host', text: hostWords },
      { title: 'State', className: 'tight', text: ({ state }) => state },
      { title: 'Models', text: ({ models }) => models.join(', ') || '–' },
      { title: 'Memory', className: 'number', text: ({ bytes }) => formatBytes(bytes) },
      { title: 'In flight', className: 'number', text: ({ inFlight }) => String(inFlight) },
      { title: 'Runs', className: 'number', text: ({ runs }) => String(runs) },
      { title: 'Up for', className: 'number', text: ({ uptimeMs }) => formatMs(uptimeMs) },
      { title: 'Hosts lost', className: 'number', text: ({ restarts }) => String(restarts) },
    ],
    keyOf: ({ kind, id }) => `${kind} ${id}`,
    empty: 'None: no model is loaded.',
  });

export const problemsTable = () =>
  new Table<Problem>(byId('problems-table', HTMLElement), {
    caption: 'Errors, the newest first',
    columns: [
      { title: 'Model', text: ({ name }) => name || '–' },
      { title: 'When', className: 'tight', text: ({ at }) => clockWords(at) },
      { title: 'Code', className: 'tight', text: ({ code }) => code },
      { title: 'What', className: 'wide', text: ({ message }) => message },
    ],
    keyOf: ({ key }) => key,
    empty: 'None since this page was opened.',
  });

const TONES: Partial<Record<TimelineEntry['kind'], string>> = {
  loaded: 'good',
  swapped: 'good',
  evicted: 'warn',
  blocked: 'warn',
  failed: 'bad',
  crashed: 'bad',
  refused: 'bad',
};

function paintKind(cell: HTMLTableCellElement, { kind }: TimelineEntry): void {
  const badge = cell.querySelector('span') ?? cell.appendChild(element('span', 'pill'));
  setText(badge, kind);
  setData(badge, 'tone', TONES[kind] ?? 'quiet');
}
