import uPlot from 'uplot';
import { formatBytes } from '../../../cli/output/units.js';
import { type ChartColumns, columnsOf, type MemoryPoint } from '../state/memory-history.js';
import { clockWords } from '../state/wording.js';
import { byId } from './dom.js';

/** Room for `999 MB` beside the axis, in CSS pixels: the lanes below begin where the chart does. */
const AXIS_WIDTH = 120;
const PADDING_RIGHT = 4;
/** Room for `11:06:01 AM`, and air. */
const TIME_WIDTH = 110;
const TIME_HEIGHT = 32;

/** Memory against the budget. Its colours are those of the keys in the legend, in either theme. */
export class MemoryChart {
  readonly #parent = byId('chart', HTMLElement);
  readonly #plot: uPlot;
  #label = '';
  /** uPlot cannot draw before it has been told its scales. */
  #isDrawn = false;

  constructor() {
    const line = (key: string) => () => colourOf(byId(key, HTMLElement));
    const axis = () => colourOf(this.#parent);
    const faint = () => fainter(colourOf(this.#parent));
    this.#plot = new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        cursor: { show: false },
        padding: [12, PADDING_RIGHT, 0, 0],
        axes: [
          {
            stroke: axis,
            grid: { stroke: faint, width: 1 },
            ticks: { show: false },
            space: TIME_WIDTH,
            size: TIME_HEIGHT,
            values: (_plot, ticks) => ticks.map((seconds) => clockWords(seconds * 1000)),
          },
          {
            stroke: axis,
            grid: { stroke: faint, width: 1 },
            ticks: { show: false },
            size: AXIS_WIDTH,
            values: (_plot, ticks) => ticks.map((bytes) => formatBytes(bytes)),
          },
        ],
        series: [
          {},
          { stroke: line('key-charged'), width: 1.5, points: { show: false } },
          {
            stroke: line('key-used'),
            width: 2,
            fill: () => fainter(colourOf(byId('key-used', HTMLElement))),
            points: { show: false },
          },
          { stroke: line('key-budget'), width: 1.5, dash: [6, 4], points: { show: false } },
        ],
      },
      [[], [], [], []],
      this.#parent,
    );
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(this.#parent);
  }

  /** Both edges are in milliseconds on the registry's clock. */
  render(points: readonly MemoryPoint[], from: number, to: number): void {
    if (points.length === 0) return;
    const columns = columnsOf(points, from);
    this.#isDrawn = true;
    this.#plot.batch(() => {
      this.#plot.setData(columns, false);
      this.#plot.setScale('y', { min: 0, max: highestOf(columns) });
      this.#plot.setScale('x', { min: from / 1000, max: to / 1000 });
    });
    this.#tell(points.at(-1));
  }

  /** Its colours have changed. */
  redraw(): void {
    if (this.#isDrawn) this.#plot.redraw();
  }

  #tell(last: MemoryPoint | undefined): void {
    if (last === undefined) return;
    const { usedBytes, chargedBytes, budgetBytes } = last;
    const label = `Memory over time. Now: ${formatBytes(usedBytes)} used, ${formatBytes(chargedBytes)} with reservations, of a budget of ${formatBytes(budgetBytes)}.`;
    if (label === this.#label) return;
    this.#label = label;
    this.#parent.setAttribute('aria-label', label);
  }

  #size() {
    return { width: this.#parent.clientWidth, height: this.#parent.clientHeight };
  }
}

function colourOf(node: HTMLElement): string {
  return getComputedStyle(node).color;
}

/** The same, mostly see-through; computed styles have colours as `rgb(1, 2, 3)`. */
function fainter(colour: string): string {
  return colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)');
}

/** The whole budget is always in sight, with a little air above it: how near it is, is the point. */
function highestOf([, charged, , budget]: ChartColumns): number {
  return 1.06 * Math.max(1, ...[...charged, ...budget].filter(Number.isFinite));
}
