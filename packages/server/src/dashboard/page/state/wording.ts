import type { HostStatus, ModelStatus } from '@warmset/registry';
import { formatBytes, formatMs } from '../../../cli/output/units.js';

/** A model's state in a word. One that is not in memory is cold until it was loaded and evicted once. */
export function stateWord({ state, evictions, load }: ModelStatus): string {
  if (state === 'idle') return evictions > 0 ? 'evicted' : 'cold';
  if (state === 'loading' && load?.progress !== undefined) return `loading ${percent(load.progress)}`;
  return state;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** What its copies are charged and how that is known, or what a load has reserved. */
export function memoryWords({ memory }: ModelStatus): string {
  const { bytes, source, reservedBytes, estimatedBytes } = memory;
  if (bytes > 0) return `${formatBytes(bytes)} (${source})`;
  if (reservedBytes !== undefined && reservedBytes > 0) return `${formatBytes(reservedBytes)} (reserved)`;
  return estimatedBytes === undefined ? '–' : `– (about ${formatBytes(estimatedBytes)})`;
}

export function counted(count: number, failures: number): string {
  return failures === 0 ? String(count) : `${count} (${failures} failed)`;
}

/** `–` where nothing has been timed. */
export function duration(ms: number | undefined): string {
  return ms === undefined ? '–' : formatMs(ms);
}

/** How long the last load took, and where there were several, their mean; `load.at` is 0 before the first has finished. */
export function loadWords({ load, loads }: ModelStatus): string {
  if (load === undefined || load.at === 0) return '–';
  return loads > 1 ? `${formatMs(load.lastMs)} (mean ${formatMs(load.meanMs)})` : formatMs(load.lastMs);
}

/** A time of day, as the browser's language has it. */
export function clockWords(at: number): string {
  return TIME.format(at);
}

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function hostWords({ kind, id, pid, threadId }: HostStatus): string {
  if (kind === 'inline') return `this thread, process ${pid}`;
  return threadId === undefined ? `process ${pid}, host ${id}` : `thread ${threadId}, host ${id}`;
}

/** The numbers of a decision, in words: names that end in `Bytes` are sizes, in `Ms` times. */
export function numberWords(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, value]) => {
      if (/bytes$/i.test(name))
        return `${words(name.replace(/bytes$/i, '')) || 'size'} ${formatBytes(value)}`;
      if (name.endsWith('Ms')) return `${words(name.slice(0, -2))} ${formatMs(value)}`;
      return `${words(name)} ${value}`;
    })
    .join(', ');
}

/** Bytes inside a sentence of the registry's, `12345678 bytes`, as a person reads them. */
export function readable(sentence: string): string {
  return sentence.replaceAll(/\b(\d{4,}) bytes\b/g, (_, bytes: string) => formatBytes(Number(bytes)));
}

/** `needBytes` without its unit is `need`, `queuedMs` `queued`, `lastUsed` `last used`. */
function words(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
}
