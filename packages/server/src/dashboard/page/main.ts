/** The dashboard: what the server sends becomes a state, the state is shown. */
import { listen } from './connection.js';
import { Explanations } from './explanations.js';
import { EMPTY, reduce } from './state/dashboard-state.js';
import { beginningOf } from './state/memory-history.js';
import type { Message } from './state/messages.js';
import { reasonsOf } from './state/timeline.js';
import { Admin } from './view/admin.js';
import { Announcer } from './view/announcer.js';
import { byId, setText } from './view/dom.js';
import { LanesView } from './view/lanes.js';
import { hostsTable, problemsTable, timelineTable } from './view/lists.js';
import { MemoryChart } from './view/memory-chart.js';
import { ModelsTable } from './view/models-table.js';
import { Overview } from './view/overview.js';
import { startTheme } from './view/theme.js';

/** Under whatever path this page is, the server's other routes are beside it. */
const base = location.pathname.replace(/\/dashboard\/?$/, '');
const { events, explain } = document.documentElement.dataset;

let state = EMPTY;
let isDrawing = false;

const windowSelect = byId('window', HTMLSelectElement);
const overview = new Overview();
const chart = new MemoryChart();
const lanes = new LanesView();
const admin = new Admin(base, draw);
const models = new ModelsTable((action, name) => void admin.act(action, name), draw);
const timeline = timelineTable(explain === 'on');
const hosts = hostsTable();
const problems = problemsTable();
const announcer = new Announcer();
const explanations = new Explanations(base, (data) => take({ type: 'explained', data }));

function take(message: Message): void {
  if (explain === 'on') for (const name of touchedBy(message)) explanations.want(name);
  state = reduce(state, message);
  announcer.tell(message);
  draw();
}

/** The models about which something may have been decided. */
function touchedBy(message: Message): readonly string[] {
  if (message.type === 'state' || message.type === 'failed' || message.type === 'evicted') {
    return [message.data.name];
  }
  if (message.type !== 'snapshot' || state.snapshot !== undefined) return [];
  const { models: all } = message.data;
  return all
    .filter(({ state, loads, error }) => state !== 'idle' || loads > 0 || error)
    .map(({ name }) => name);
}

/** Once per frame, however much has happened. */
function draw(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    const from = beginningOf(state.memory, Number(windowSelect.value) * 60_000, state.now);
    overview.render(state);
    chart.render(state.memory, from, state.now);
    lanes.render(state, from);
    models.render(state.models, reasonsOf(state.timeline), { isAdmin: admin.isOn });
    timeline.render(state.timeline);
    hosts.render(state.hosts);
    problems.render(state.problems);
  });
}

startTheme(() => {
  chart.redraw();
  draw();
});
windowSelect.addEventListener('change', draw);
if (events === 'on') {
  listen(base, take);
} else {
  const notice = byId('notice', HTMLElement);
  notice.hidden = false;
  setText(
    notice,
    'This server sends no events (its option `routes.events` is off), so there is nothing to show.',
  );
  take({ type: 'connection', data: 'lost' });
}
