import type { DashboardState } from '../state/dashboard-state.js';
import { lanesSince, piecesOf, type Span } from '../state/lanes.js';
import { byId, element, setChildren, setData } from './dom.js';

const SVG = 'http://www.w3.org/2000/svg';
/** A drawing is this wide in its own units; the page stretches it. */
const UNITS = 1000;

interface Lane {
  readonly label: HTMLElement;
  readonly drawing: SVGSVGElement;
}

/** Below the chart and on its time scale: when each model was queued, loading, ready and so on. */
export class LanesView {
  readonly #parent = byId('lanes', HTMLElement);
  readonly #lanes = new Map<string, Lane>();

  /** Models that were nothing but cold have no lane. */
  render({ models, lanes, now }: DashboardState, from: number): void {
    const states = new Map(models.map(({ name, state }) => [name, state]));
    const shown = lanesSince(lanes, [...states.keys()], from).flatMap((name) => {
      const { label, drawing } = this.#laneOf(name);
      draw(drawing, lanes.get(name) ?? [], from, now);
      drawing.setAttribute('aria-label', `${name}: ${states.get(name)} now`);
      return [label, drawing];
    });
    setChildren(this.#parent, shown);
  }

  #laneOf(name: string): Lane {
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const label = element('span', '', name);
    label.title = name;
    label.setAttribute('aria-hidden', 'true');
    const drawing = document.createElementNS(SVG, 'svg');
    drawing.setAttribute('viewBox', `0 0 ${UNITS} 10`);
    drawing.setAttribute('preserveAspectRatio', 'none');
    drawing.setAttribute('role', 'img');
    const lane = { label, drawing };
    this.#lanes.set(name, lane);
    return lane;
  }
}

function draw(drawing: SVGSVGElement, spans: readonly Span[], from: number, to: number): void {
  const rects = piecesOf(spans, from, to).map(({ state, start, width }, index) => {
    const rect =
      (drawing.children[index] as SVGRectElement | undefined) ?? document.createElementNS(SVG, 'rect');
    rect.setAttribute('x', String(start * UNITS));
    // A load of a few milliseconds is still seen.
    rect.setAttribute('width', String(Math.max(1.5, width * UNITS)));
    rect.setAttribute('height', '10');
    setData(rect, 'state', state);
    return rect;
  });
  setChildren(drawing, rects);
}
