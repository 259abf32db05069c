import type { ModelStatus } from '@warmset/registry';
import { ACTIONS, type Action, isPossible } from '../state/actions.js';
import { counted, duration, loadWords, memoryWords, readable, stateWord } from '../state/wording.js';
import { byId, element, setData, setText } from './dom.js';
import { type Column, Table } from './table.js';

interface Row {
  readonly model: ModelStatus;
  readonly reason: string;
}

type Act = (action: Action, name: string) => void;

/** Each model in a row; the buttons are there only for an admin. */
export class ModelsTable {
  readonly #parent = byId('models-table', HTMLElement);
  readonly #filter = byId('filter', HTMLInputElement);
  readonly #act: Act;
  #table: Table<Row>;
  #hasButtons = false;

  constructor(act: Act, onFilter: () => void) {
    this.#act = act;
    this.#table = this.#made();
    this.#filter.addEventListener('input', onFilter);
  }

  render(
    models: readonly ModelStatus[],
    reasons: ReadonlyMap<string, string>,
    { isAdmin }: { readonly isAdmin: boolean },
  ): void {
    if (isAdmin !== this.#hasButtons) {
      this.#hasButtons = isAdmin;
      this.#table = this.#made();
    }
    const wanted = this.#filter.value.trim().toLowerCase();
    const shown = models.filter(({ name }) => name.toLowerCase().includes(wanted));
    this.#table.render(
      shown.map((model) => ({ model, reason: model.error?.message ?? reasons.get(model.name) ?? '' })),
    );
  }

  #made(): Table<Row> {
    this.#parent.replaceChildren();
    return new Table(this.#parent, {
      caption: 'Models: state, memory, use and times',
      columns: this.#hasButtons ? COLUMNS.toSpliced(2, 0, buttons(this.#act)) : COLUMNS,
      keyOf: ({ model }) => model.name,
      empty: 'No model of that name.',
    });
  }
}

const number = (title: string, text: (model: ModelStatus) => string, className = 'number'): Column<Row> => ({
  title,
  className,
  text: ({ model }) => text(model),
});

const COLUMNS: readonly Column<Row>[] = [
  { title: 'Model', text: ({ model }) => model.name },
  { title: 'State', className: 'tight', paint: paintState },
  { title: 'Memory', text: ({ model }) => memoryWords(model) },
  number('Leases', ({ leases }) => String(leases)),
  number('Waiting', ({ waiting }) => String(waiting)),
  number('Loads', ({ loads, loadFailures }) => counted(loads, loadFailures), 'number wrap'),
  number('Load time', loadWords, 'number wrap'),
  number('Runs', ({ runs, runFailures }) => counted(runs, runFailures), 'number wrap'),
  number('Run p50', ({ run }) => duration(run?.p50Ms)),
  number('p95', ({ run }) => duration(run?.p95Ms)),
  number('p99', ({ run }) => duration(run?.p99Ms)),
  { title: 'Why', className: 'wide soft', text: ({ reason }) => readable(reason) },
];

function paintState(cell: HTMLTableCellElement, { model }: Row): void {
  const badge = cell.querySelector('span') ?? cell.appendChild(element('span', 'state'));
  setText(badge, model.pinned ? `${stateWord(model)}, pinned` : stateWord(model));
  setData(badge, 'state', model.state);
}

/** Buttons that can do nothing now stay where they are, so that whoever is on one with the keyboard is not thrown off it. */
function buttons(act: Act): Column<Row> {
  const made = (action: Action, name: string) => {
    const button = element('button', '', action);
    button.type = 'button';
    button.setAttribute('aria-label', `${action} ${name}`);
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') !== 'true') act(action, name);
    });
    return button;
  };
  return {
    title: 'Do',
    paint: (cell, { model }) => {
      if (cell.firstElementChild === null) {
        cell.append(element('div', 'buttons', ...ACTIONS.map((action) => made(action, model.name))));
      }
      cell.querySelectorAll('button').forEach((button, index) => {
        const action = ACTIONS[index];
        const isOff = action === undefined || !isPossible(action, model.state);
        button.setAttribute('aria-disabled', String(isOff));
      });
    },
  };
}
