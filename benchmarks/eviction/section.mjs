import { circumstancesOf, table, targetsTable } from '../lib/markdown.mjs';
import { readable } from '../lib/readable.mjs';
import { summarise } from '../lib/statistics.mjs';

/** The part of docs/benchmarks.md on `results/eviction.json`. */
export function evictionSection(result) {
  const { trace, budgets, halves, spreads, targets } = result;
  const requests = `${readable(trace.requests)} requests for ${trace.models} models`;
  return [
    '## What to evict: a day of real requests',
    `${trace.source}: ${requests}, at most 6 of one model a minute, sent one after the other through a registry on a fake ` +
      'clock, where a load takes its load time and the day stands still for as long. What the policies are, what ' +
      '“clairvoyant” means, and what the default does: [eviction](eviction.md).',
    '![Seconds of cold start by policy and budget](images/eviction.svg)',
    ...budgets.map(budgetTable),
    targetsTable(targets),
    `The same on ${halves.length} random halves of the models, each with its share of the budget: seconds of cold start of the ` +
      'default in times LRU’s, and what the greedy clairvoyant comes to on the same halves.',
    halvesTable(halves),
    'And as the requests of a minute are spread over it, all models, in times LRU’s: `phased` is what all figures above are ' +
      'of; `together` puts models with equally many requests into the same millisecond; `random` draws each request’s place, ' +
      'which brings requests of one model close together, so that LRU does better.',
    spreadsTable(spreads),
    `\`${result.command}\`: ${circumstancesOf(result)}`,
  ].join('\n\n');
}

function budgetTable({ share, outcomes, greedy, boundSeconds }) {
  const lru = outcomes.find(({ name }) => name === 'lru');
  const head = [
    `${percent(share)} of all bytes`,
    'cold start, s',
    '÷ lru',
    'loads',
    '÷ lru',
    'evictions',
    'µs an event',
  ];
  const line = (label, { coldSeconds, loads, evictions, microsecondsPerEvent }) => [
    label,
    readable(coldSeconds),
    readable(coldSeconds / lru.coldSeconds),
    ...(loads === undefined
      ? ['', '', '']
      : [readable(loads), readable(loads / lru.loads), readable(evictions)]),
    microsecondsPerEvent === undefined ? '' : readable(microsecondsPerEvent),
  ];
  return table(head, [
    ...outcomes.map((outcome) => line(outcome.label, outcome)),
    line('clairvoyant, greedy', greedy),
    line('no policy can do better', { coldSeconds: boundSeconds }),
  ]);
}

function halvesTable(halves) {
  const head = ['budget', 'lowest', 'median', 'highest', 'loads, highest', 'clairvoyant, median'];
  const rows = halves[0].ratios.map(({ share }, index) => {
    const of = (what) => summarise(halves.map(({ ratios }) => ratios[index][what]));
    const seconds = of('seconds');
    return [
      percent(share),
      ...[seconds.min, seconds.median, seconds.max, of('loads').max, of('clairvoyantSeconds').median].map(
        readable,
      ),
    ];
  });
  return table(head, rows);
}

function spreadsTable(spreads) {
  const shares = spreads[0].ratios.map(({ share }) => share);
  const head = ['', ...shares.map(percent), ...shares.map((share) => `loads, ${percent(share)}`)];
  return table(
    head,
    spreads.map(({ spread, ratios }) => [
      `\`${spread}\``,
      ...ratios.map(({ seconds }) => readable(seconds)),
      ...ratios.map(({ loads }) => readable(loads)),
    ]),
  );
}

function percent(share) {
  return `${share * 100} %`;
}
