/** What is replayed: models with their size, load time and requests. Times in milliseconds from the start of the day. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { here } from '../lib/paths.mjs';
import { numbersFrom } from './random.mjs';

/**
 * @typedef {object} TracedModel
 * @property {string} name
 * @property {number} bytes
 * @property {number} loadMs what a cold start costs
 * @property {readonly (readonly [minute: number, requests: number])[]} minutes from 1 on
 * @typedef {object} Trace
 * @property {string} source for the report
 * @property {readonly TracedModel[]} models
 * @typedef {{ at: number, model: TracedModel }} Request
 */

export const AZURE = join(here, '../../shared/traces/azure-2019.csv');

const MINUTE_MS = 60_000;
const MIB = 2 ** 20;

/** More requests than that within a minute find the model where the others have put it. */
const MOST_A_MINUTE = 6;

/**
 * Where in its minute the `index`th of `count` requests comes, from 0 to 1. The trace tells only the minute.
 *
 * @type {Record<string, (index: number, count: number, model: TracedModel, random: () => number) => number>}
 */
export const SPREADS = {
  /** Evenly spaced; where the first comes differs from model to model, so that no two of them come together by our doing. */
  phased: (index, count, { name }) => (index + phaseOf(name)) / count,
  /** Evenly spaced, and the same for all: models with equally many come in the same millisecond. */
  together: (index, count) => (index + 0.5) / count,
  random: (_index, _count, _model, random) => random(),
};

/**
 * @param {string} [path] CSV as of ../shared/README.md; a synthetic trace where there is none
 * @returns {Trace}
 */
export function readTrace(path = AZURE) {
  if (!existsSync(path)) return syntheticTrace();
  const [, ...rows] = readFileSync(path, 'utf8').trim().split('\n');
  const models = rows.map((row) => {
    const [name, memoryMb, , loadMs, perMinute] = row.split(',');
    const minutes = perMinute.split(' ').map((pair) => pair.split(':').map(Number));
    return { name, bytes: Number(memoryMb) * MIB, loadMs: Number(loadMs), minutes };
  });
  return { source: path === AZURE ? 'Azure Functions Trace 2019, one day' : path, models };
}

/**
 * Every request of a trace in its order.
 *
 * @param {readonly TracedModel[]} models
 * @returns {Request[]}
 */
export function requestsOf(models, spread = SPREADS.phased) {
  const random = numbersFrom(1);
  const requests = [];
  for (const model of models) {
    for (const [minute, all] of model.minutes) {
      const count = Math.min(all, MOST_A_MINUTE);
      for (let index = 0; index < count; index += 1) {
        const at = (minute - 1 + spread(index, count, model, random)) * MINUTE_MS;
        requests.push({ at, model });
      }
    }
  }
  return requests.sort((a, b) => a.at - b.at);
}

export const bytesOf = (models) => models.reduce((sum, { bytes }) => sum + bytes, 0);

/** FNV-1a, as a share of its range. */
function phaseOf(name) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

/** 200 models, wanted by Zipf's law and at random times; sizes and load times spread over two orders of magnitude. */
function syntheticTrace() {
  const random = numbersFrom(2019);
  const spread = (least, most) => least * (most / least) ** random();
  const models = Array.from({ length: 200 }, (_, rank) => {
    const requestsADay = 20_000 / (rank + 1);
    const minutes = [];
    for (let minute = 1; minute <= 1_440; minute += 1) {
      const mean = requestsADay / 1_440;
      const count = Math.floor(mean) + (random() < mean % 1 ? 1 : 0);
      if (count > 0) minutes.push([minute, count]);
    }
    return {
      name: `zipf-${rank}`,
      bytes: Math.round(spread(20, 2_000)) * MIB,
      loadMs: Math.round(spread(100, 20_000)),
      minutes,
    };
  });
  return { source: 'synthetic, Zipf: ../shared/traces is absent', models };
}
