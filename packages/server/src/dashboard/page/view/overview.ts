import { formatBytes } from '../../../cli/output/units.js';
import type { DashboardState } from '../state/dashboard-state.js';
import { percent } from '../state/wording.js';
import { byId, element, setData, setText } from './dom.js';

type Facts = readonly (readonly [title: string, value: string, detail: string])[];

/** The tiles at the top, and what the header says of the server. */
export class Overview {
  readonly #list = byId('overview', HTMLDListElement);
  readonly #connection = byId('connection', HTMLElement);
  readonly #readiness = byId('readiness', HTMLElement);
  readonly #health = byId('health', HTMLElement);
  readonly #tiles: { readonly value: HTMLElement; readonly detail: HTMLElement }[] = [];

  render(state: DashboardState): void {
    const { connection, snapshot } = state;
    pill(this.#connection, CONNECTION[connection], connection === 'live' ? 'good' : 'warn');
    if (snapshot === undefined) return;
    const { ready, healthy, state: life } = snapshot;
    pill(this.#readiness, ready ? 'ready' : 'not ready', ready ? 'good' : 'warn');
    if (life !== 'open') pill(this.#health, life, 'bad');
    else pill(this.#health, healthy ? 'healthy' : 'stuck', healthy ? 'good' : 'bad');
    factsOf(state, snapshot).forEach(([title, value, detail], index) => {
      const tile = this.#tileOf(index, title);
      setText(tile.value, value);
      setText(tile.detail, detail);
    });
  }

  #tileOf(index: number, title: string) {
    const known = this.#tiles[index];
    if (known !== undefined) return known;
    const tile = { value: element('dd'), detail: element('dd', 'detail') };
    this.#tiles.push(tile);
    this.#list.append(element('div', '', element('dt', '', title), tile.value, tile.detail));
    return tile;
  }
}

const CONNECTION = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
} as const;

function pill(node: HTMLElement, text: string, tone: string): void {
  node.hidden = false;
  setText(node, text);
  setData(node, 'tone', tone);
}

function factsOf(
  { models, hosts }: DashboardState,
  { memory, loads }: NonNullable<DashboardState['snapshot']>,
): Facts {
  const { usedBytes, reservedBytes, budgetBytes, rssBytes, limitBytes, availableBytes } = memory;
  const loaded = models.filter(({ state }) => state === 'ready').length;
  const leases = models.reduce((sum, model) => sum + model.leases, 0);
  const waiting = models.reduce((sum, model) => sum + model.waiting, 0);
  const own = hosts.filter(({ kind }) => kind !== 'inline').length;
  return [
    ['Budget used', formatBytes(usedBytes), `${share(usedBytes, budgetBytes)}of ${formatBytes(budgetBytes)}`],
    ['Reserved', formatBytes(reservedBytes), 'for loads that are on'],
    [
      'This process',
      formatBytes(rssBytes),
      `${formatBytes(availableBytes)} of ${formatBytes(limitBytes)} free`,
    ],
    [
      'Models loaded',
      `${loaded} of ${models.length}`,
      `${own} ${own === 1 ? 'host' : 'hosts'} besides this process`,
    ],
    ['In use', String(leases), `leases; ${waiting} waiting`],
    ['Loads', String(loads.total), `${loads.active} on, ${loads.queued} queued, ${loads.failed} failed`],
    ['Evictions', String(loads.evictions), 'since the server started'],
  ];
}

function share(part: number, whole: number): string {
  return Number.isFinite(whole) && whole > 0 ? `${percent(part / whole)} ` : '';
}
