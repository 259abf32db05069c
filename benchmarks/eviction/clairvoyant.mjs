/** What could be had by who knows the future. Computed without a registry: it has no such policy. */

/**
 * Evicts what is worth least by `load time / (bytes × time to the next use)`. A greedy rule, and none that is the best
 * there is: a policy may beat it.
 *
 * @param {readonly import('./trace.mjs').Request[]} requests
 * @param {number} budgetBytes
 * @returns {{ coldSeconds: number, loads: number, evictions: number }}
 */
export function greedyClairvoyant(requests, budgetBytes) {
  const next = nextUses(requests);
  /** Loaded models, and when each is wanted next. */
  const loaded = new Map();
  const outcome = { coldSeconds: 0, loads: 0, evictions: 0 };
  let freeBytes = budgetBytes;
  requests.forEach(({ at, model }, index) => {
    if (!loaded.has(model)) {
      while (freeBytes < model.bytes) {
        const victim = leastWorth(loaded, at);
        loaded.delete(victim);
        freeBytes += victim.bytes;
        outcome.evictions += 1;
      }
      freeBytes -= model.bytes;
      outcome.loads += 1;
      outcome.coldSeconds += model.loadMs / 1_000;
    }
    loaded.set(model, next[index]);
  });
  return outcome;
}

/**
 * No policy whatever has fewer seconds of cold start. To have a request find its model, the model's bytes must be held
 * since the request before; all that is held takes at most the budget times the day. The requests that save most per byte
 * and second are had first, until that is used up: as if it did not matter when it is used. (PFOO-L: Berger, Beckmann and
 * Harchol-Balter, SIGMETRICS 2018; here with costs.)
 *
 * @param {readonly import('./trace.mjs').Request[]} requests
 * @param {number} budgetBytes
 * @returns {number} seconds
 */
export function lowerBoundSeconds(requests, budgetBytes) {
  const before = new Map();
  const holdings = [];
  let coldMs = 0;
  for (const { at, model } of requests) {
    coldMs += model.loadMs;
    const since = before.get(model);
    if (since !== undefined) holdings.push({ savedMs: model.loadMs, takes: model.bytes * (at - since) });
    before.set(model, at);
  }
  holdings.sort((a, b) => a.takes / a.savedMs - b.takes / b.savedMs);
  let left = budgetBytes * (requests.at(-1).at - requests[0].at);
  for (const { savedMs, takes } of holdings) {
    const share = takes <= left ? 1 : left / takes;
    coldMs -= savedMs * share;
    left -= takes * share;
    if (share < 1) break;
  }
  return coldMs / 1_000;
}

function leastWorth(loaded, now) {
  let least;
  let leastWorth = Number.POSITIVE_INFINITY;
  for (const [model, nextAt] of loaded) {
    const worth = model.loadMs / model.bytes / (nextAt - now);
    if (least !== undefined && worth >= leastWorth) continue;
    least = model;
    leastWorth = worth;
  }
  return least;
}

/** When the model of each request is wanted again. */
function nextUses(requests) {
  const next = new Array(requests.length);
  const wanted = new Map();
  for (let index = requests.length - 1; index >= 0; index -= 1) {
    const { at, model } = requests[index];
    next[index] = wanted.get(model) ?? Number.POSITIVE_INFINITY;
    wanted.set(model, at);
  }
  return next;
}
