import type { ModelRegistry } from '@warmset/registry';
import type { Logger } from '../output/log.js';
import { progressBar, type StatusLine } from '../output/progress-bar.js';
import type { Terminal } from '../output/terminal.js';
import { formatBytes, formatMs } from '../output/units.js';

/** Tells in the log what becomes of models. Failures and warnings the server tells itself. */
export function logLoads(registry: ModelRegistry, logger: Logger): void {
  registry.on('ready', ({ name, loadMs, bytes, source }) => {
    const { runtime } = registry.status(name);
    const size =
      source === 'none' ? '' : `, ${formatBytes(bytes)}${source === 'estimate' ? ' estimated' : ''}`;
    logger.info(
      { model: name, loadMs, bytes, source, runtime },
      `${name} is ready: ${formatMs(loadMs)}${size}`,
    );
  });
  registry.on('evicted', ({ name, reason, freedBytes }) => {
    // At the end all go, one by one, and nobody asked.
    const level = reason === 'close' ? 'debug' : 'info';
    const freed = freedBytes > 0 ? `, ${formatBytes(freedBytes)} freed` : '';
    logger[level]({ model: name, reason, freedBytes }, `${name} was evicted (${reason})${freed}`);
  });
  registry.on('closed', () => logger.info('closed'));
}

const BAR_WIDTH = 24;

/** Shows how far the loading of some models is, on the last line of a terminal, until each has been tried. */
export function showProgress(
  registry: ModelRegistry,
  names: readonly string[],
  line: StatusLine,
  terminal: Terminal,
): void {
  if (names.length === 0) return;
  const fractions = new Map(names.map((name) => [name, 0]));
  const left = new Set(names);
  const draw = () => {
    const sum = [...fractions.values()].reduce((total, fraction) => total + fraction, 0);
    const { done, left: rest } = progressBar(sum / names.length, BAR_WIDTH);
    const loading = names.filter((name) => left.has(name) && registry.status(name).state === 'loading');
    const text = `${names.length - left.size}/${names.length} ${loading.join(', ')}`;
    // A line that wraps could not be redrawn.
    const room = Math.max(0, terminal.columns - BAR_WIDTH - 12);
    line.show(`loading ${terminal.paint('cyan', done)}${terminal.paint('dim', rest)} ${text.slice(0, room)}`);
  };
  const settle = ({ name }: { readonly name: string }) => {
    if (!left.delete(name)) return;
    fractions.set(name, 1);
    if (left.size > 0) return draw();
    registry.off('state', draw).off('progress', onProgress).off('ready', settle).off('failed', settle);
    line.clear();
  };
  const onProgress = ({ name, fraction }: { readonly name: string; readonly fraction: number }) => {
    if (left.has(name)) fractions.set(name, fraction);
    draw();
  };
  // A server that is told to stop while it loads draws no more.
  registry.once('closed', () => line.clear());
  registry.on('state', draw).on('progress', onProgress).on('ready', settle).on('failed', settle);
  draw();
}
