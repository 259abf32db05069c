/** Writes the tables in docs/attribution.md from `results/attribution.json`: `node benchmarks/attribution/report.mjs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { table as markdownTable } from '../lib/markdown.mjs';
import { here, resultFile } from '../lib/paths.mjs';
import { readable } from '../lib/readable.mjs';
import { errorOf } from './verdicts.mjs';

const page = join(here, '../docs/attribution.md');
const BEGIN = '<!-- begin: written by benchmarks/attribution/report.mjs -->';
const END = '<!-- end -->';
/** Below this an error in percent says nothing, in bytes. */
const NOISE_BYTES = 500_000;

const HEAD = [
  'model',
  'isolation',
  'true',
  'reported',
  'source',
  'error',
  'after runs: true',
  'reported',
  'error',
  'reserved',
  'peak',
];

export function writeAttribution() {
  const text = readFileSync(page, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${page} has no place for the tables: ${BEGIN} … ${END}`);
  const result = JSON.parse(readFileSync(resultFile('attribution'), 'utf8'));
  writeFileSync(page, `${text.slice(0, begin)}${BEGIN}\n\n${generated(result)}\n\n${text.slice(end)}`);
}

function generated(result) {
  const { rows, verdicts, date, node, commit, machine, packages, loadAverage, tookMs, rounds } = result;
  const verdictRows = verdicts.map((verdict) => [verdict.what, `${verdict.rows}`, outcomeOf(verdict)]);
  const runtimes = ['onnxruntime-node', '@tensorflow/tfjs'].map((name) => `${name} ${packages[name]}`);
  return [
    markdownTable(['must hold', 'rows', 'met'], verdictRows),
    table(rows),
    `\`${result.command}\`: ${date.slice(0, 10)}, commit ${commit}, Node ${node}, ${machine.cores} cores, ${machine.kernel}, ` +
      `${runtimes.join(', ')}; ${rounds} processes for each true figure (3 of what is under 5 MB), load average ${readable(loadAverage)} before, ` +
      `${Math.round(tookMs / 1000)} s.`,
  ].join('\n\n');
}

/** @param {ReturnType<typeof import('./verdicts.mjs').verdictsOf>[number]} verdict */
export function outcomeOf({ met, missedBy, bySpread }) {
  const allowed = `by no more than the true processes differ by: ${bySpread.join('; ')}`;
  if (!met) return `**no**: ${missedBy.join('; ')}`;
  return bySpread.length === 0 ? 'yes' : `yes; ${allowed}`;
}

export function table(rows) {
  return markdownTable(HEAD, rows.map(cellsOf));
}

function cellsOf({ name, isolation, truth, reported }) {
  const error = (what) => {
    if (truth[what].median < NOISE_BYTES) return '–';
    const percent = Math.round(errorOf(reported[what].median, truth[what].median) * 1000) / 10;
    return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
  };
  return [
    name,
    isolation,
    spread(truth.loaded),
    megabytes(reported.loaded.median),
    sourcesOf(reported),
    error('loaded'),
    spread(truth.used),
    megabytes(reported.used.median),
    error('used'),
    megabytes(reported.reserved.min),
    megabytes(truth.peak.max),
  ];
}

/** How many loads were measured how, where that was not the same for all. */
function sourcesOf({ sources }) {
  const kinds = [...new Set(sources)].sort();
  if (kinds.length === 1) return kinds[0];
  return kinds.map((kind) => `${kind} (${sources.filter((source) => source === kind).length})`).join(', ');
}

/** The median, and half of what lies between the lowest and the highest. */
function spread({ median, min, max }) {
  return `${megabytes(median)} ± ${megabytes((max - min) / 2)}`;
}

function megabytes(bytes) {
  return (Math.max(0, bytes) / 1e6).toFixed(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeAttribution();
