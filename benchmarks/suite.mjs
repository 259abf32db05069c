/** Every benchmark: what it runs, how often, and what it must show. Figures are by the labels that the cases emit. */

/**
 * @typedef {Record<string, number>} Figures by label, of one run
 * @typedef {object} Target
 * @property {string} what
 * @property {(figures: Figures) => number} of taken of each run, then the median
 * @property {number} [below] must be less
 * @property {number} [atMost]
 * @property {number} [atLeast]
 * @property {number} [equals]
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} title
 * @property {string} about what is measured and how, for the report
 * @property {string} unit of its figures; empty where each label says it
 * @property {string} script
 * @property {readonly string[]} [args]
 * @property {readonly string[]} [nodeArgs]
 * @property {number} rounds fresh processes
 * @property {readonly string[]} packages whose builds it needs
 * @property {readonly Target[]} targets
 */

const ADAPTERS = ['registry', 'adapters-onnx', 'adapters-tfjs'];

const HIT_TARGETS = [
  { what: 'use ÷ p-memoize', of: (ns) => ns['warmset use'] / ns['p-memoize'], atMost: 0.6 },
  {
    what: 'awaited acquire + release ÷ p-memoize',
    of: (ns) => ns['warmset acquire + release'] / ns['p-memoize'],
    atMost: 0.4,
  },
  {
    what: 'tryAcquire + release ÷ lru-cache fetch',
    of: (ns) => ns['warmset tryAcquire + release'] / ns['lru-cache fetch'],
    atMost: 0.4,
  },
];

/** How much slower a hit may be beside 100,000 models and still be called the same: what rounds of one differ by. */
const SAME = 1.15;

const sameHit = (way) => ({
  what: `${way} with 100,000 registered ÷ with one`,
  of: (ns) => ns[`warmset ${way}, 100,000 registered`] / ns[`warmset ${way}, 1 registered`],
  atMost: SAME,
});

const PER_MODEL = {
  what: 'heap bytes per model',
  of: (figures) => figures['heap bytes per model'],
  below: 1_500,
};

const CYCLES = 200;

const longest = (ms, who) => Math.max(ms[`${who}: load`], ms[`${who}: batch of 64`]);

const withinThreePercent = (what) => ({
  what: `${what} after cycle ${CYCLES} ÷ after cycle 10`,
  of: (mib) => mib[`warmset, cycle ${CYCLES}, ${what} MiB`] / mib[`warmset, cycle 10, ${what} MiB`],
  atMost: 1.03,
});

/** @type {readonly Benchmark[]} */
export const benchmarks = [
  {
    name: 'hit-path',
    title: 'A hit: the model is loaded',
    about:
      'Nanoseconds for one get of a thing that is loaded, 10,000 gets a sample, one after the other, the median sample ' +
      'of mitata. All in one process, each awaited as an application would (`tryAcquire` is synchronous); the first to ' +
      'go changes from run to run.',
    unit: 'ns',
    script: 'hit-path.mjs',
    args: ['1'],
    nodeArgs: ['--expose-gc'],
    rounds: 7,
    packages: ['registry'],
    targets: HIT_TARGETS,
  },
  {
    name: 'hit-path-100000',
    title: 'A hit with 100,000 models registered',
    about:
      'The same, where one of 100,000 registered models is loaded. The peers hold what is loaded, which is one thing ' +
      'in both.',
    unit: 'ns',
    script: 'hit-path.mjs',
    args: ['100000'],
    nodeArgs: ['--expose-gc'],
    rounds: 7,
    packages: ['registry'],
    targets: HIT_TARGETS,
  },
  {
    name: 'hit-path-by-count',
    title: 'A hit in a registry of one model and in one of 100,000',
    about:
      'Both registries in one process, so that their ratio is taken side by side. Code that V8 has seen work for two ' +
      'registries is a little slower than in the tables above, where it works for one.',
    unit: 'ns',
    script: 'hit-path.mjs',
    args: ['1,100000'],
    nodeArgs: ['--expose-gc'],
    rounds: 7,
    packages: ['registry'],
    targets: ['use', 'acquire + release', 'tryAcquire + release'].map(sameHit),
  },
  {
    name: 'cold-gets',
    title: '1,000 callers at once for something cold',
    about:
      'How often the loader (20 ms) runs when 1,000 callers ask for the same thing, which is not loaded, at once.',
    unit: 'loader runs',
    script: 'cold-gets.mjs',
    rounds: 3,
    packages: ['registry'],
    targets: ['use', 'acquire + release', 'run'].map((way) => ({
      what: `loader runs through ${way}`,
      of: (runs) => runs[`warmset ${way}`],
      equals: 1,
    })),
  },
  {
    name: 'concurrent-runs',
    title: '200 concurrent inferences of 2 ms',
    about:
      'Milliseconds until all have answered, the median of 50. The inference is a 2 ms timer, so it takes no CPU.',
    unit: 'ms',
    script: 'concurrent-runs.mjs',
    rounds: 5,
    packages: ['registry'],
    targets: [{ what: '200 runs ÷ one run', of: (ms) => ms['200 runs'] / ms['one run'], below: 5 }],
  },
  registration('shared', 'one definition object for all'),
  registration('own', 'a definition object with its own closures for each'),
  registration('onnx', 'what onnxModel({ path }) makes, for each', ['registry', 'adapters-onnx']),
  {
    name: 'import-cost',
    title: 'What an application pays before its first model',
    about:
      'A fresh process imports the registry and both adapters and registers four models, two ONNX and two TensorFlow.js; ' +
      'beside it a process that does nothing. Loaded files are counted by V8’s debugger, add-ons by the diagnostic report.',
    unit: '',
    script: 'import-cost.mjs',
    rounds: 11,
    packages: ADAPTERS,
    targets: [
      { what: 'ms to import and register', of: (all) => all['ms to import and register'], below: 60 },
      { what: 'MB more resident', of: (all) => all['MiB more resident'] * 1.048576, below: 6 },
      { what: 'MB more heap', of: (all) => all['MiB more heap'] * 1.048576, below: 6 },
      { what: 'native add-ons loaded', of: (all) => all['native add-ons loaded'], equals: 0 },
      { what: 'files of a runtime loaded', of: (all) => all['files of a runtime loaded'], equals: 0 },
    ],
  },
  {
    name: 'isolation-stall',
    title: 'The server’s event loop while 142 MB load and run',
    about:
      'The longest time, in milliseconds, for which the event loop did nothing else, looked at every millisecond: while an ' +
      'ONNX model of 142 MB loads (with a host: from the start of the host on) and while it runs a batch of 64 five times.',
    unit: 'ms',
    script: 'isolation-stall.mjs',
    rounds: 7,
    packages: ['registry', 'adapters-onnx'],
    targets: [
      {
        what: 'bare ÷ process, the longest of load and batch',
        of: (ms) => longest(ms, 'bare') / longest(ms, 'process'),
        atLeast: 20,
      },
      { what: 'ms, process, the longest of both', of: (ms) => longest(ms, 'process'), below: 15 },
    ],
  },
  {
    name: 'isolation-health',
    title: 'GET /health while every model loads',
    about:
      'A second process asks the server for `GET /health` every 5 ms while it loads the four models of the examples and ' +
      'the one of 142 MB, five times over: in process hosts, and with the bare runtimes in the server.',
    unit: '',
    script: 'isolation-health.mjs',
    rounds: 5,
    packages: ADAPTERS,
    targets: [
      { what: 'ms, process, 99th percentile', of: (all) => all['process: p99 ms'], below: 15 },
      { what: 'failed', of: (all) => all['process: failed'], equals: 0 },
    ],
  },
  {
    name: 'isolation-round-trip',
    title: 'A 13-feature model in a host: one request at a time',
    about:
      'Microseconds from the call to the answer of a model of 13-64-64-64-1, the median of 40 rounds in which all take turns. ' +
      'The bare channels send the same tensor there and back; “with the model” they run ONNX Runtime on the far side.',
    unit: 'µs',
    script: 'isolation-round-trip.mjs',
    rounds: 5,
    packages: ['registry', 'adapters-onnx'],
    targets: [
      {
        what: 'thread ÷ (bare postMessage + bare inference)',
        of: (us) => us['warmset thread'] / (us['bare postMessage'] + us['bare inference']),
        atMost: 1.6,
      },
      {
        what: 'process ÷ (bare IPC + bare inference)',
        of: (us) => us['warmset process'] / (us['bare IPC'] + us['bare inference']),
        atMost: 1.6,
      },
    ],
  },
  {
    name: 'isolation-traffic',
    title: 'A 13-feature model in a host: 64 requests at a time',
    about:
      'Answers a second, the median of 20 rounds in which all take turns. “Echo” sends the tensor back: what a request ' +
      'costs besides the model. A bare channel is a worker or a child that is posted the same tensor, with an id.',
    unit: '1/s',
    script: 'isolation-traffic.mjs',
    rounds: 5,
    packages: ['registry', 'adapters-onnx'],
    targets: ['thread', 'process'].flatMap((kind) =>
      ['the model', 'echo'].map((far) => ({
        what: `${kind}, ${far}: warmset ÷ bare`,
        of: (perSecond) => perSecond[`warmset ${kind}, ${far}`] / perSecond[`bare ${kind}, ${far}`],
        atLeast: 0.6,
      })),
    ),
  },
  {
    name: 'isolation-memory',
    title: 'Memory: what comes back, and what a host costs',
    about:
      'Private memory (`Private_Dirty` and swap of `/proc/<pid>/smaps_rollup`) of the server and its hosts together, in MiB, ' +
      'before and after a model of 142 MB, and of hosts that hold next to nothing.',
    unit: '',
    script: 'isolation-memory.mjs',
    nodeArgs: ['--expose-gc'],
    rounds: 5,
    packages: ['registry', 'adapters-onnx'],
    targets: [
      {
        what: 'back within 500 ms ÷ what the model brought',
        of: (mib) => mib['process: MiB back within 500 ms'] / mib['process: MiB that the model brought'],
        atLeast: 0.98,
      },
      {
        what: 'back within 500 ms ÷ what was reported for it',
        of: (mib) => mib['process: MiB back within 500 ms'] / mib['process: MiB reported for it'],
        atLeast: 0.98,
      },
    ],
  },
  {
    name: 'isolation-cycles',
    title: `${CYCLES} loads and evictions of 142 MB`,
    about:
      'Memory of the server and its hosts together, in MiB, with the model and without, at the end of the tenth cycle ' +
      'and of the last. Each cycle loads, runs one row and evicts.',
    unit: 'MiB',
    script: 'isolation-cycles.mjs',
    args: [String(CYCLES)],
    nodeArgs: ['--expose-gc'],
    rounds: 1,
    packages: ['registry', 'adapters-onnx'],
    targets: ['loaded: resident', 'evicted: resident', 'loaded: private', 'evicted: private'].map(
      withinThreePercent,
    ),
  },
  {
    name: 'server-throughput',
    title: 'POST /v2/models/heart/infer over 64 connections',
    about:
      'Answers a second, by autocannon in a process of its own. “Bare” is a Fastify route that calls onnxruntime-node itself, ' +
      'and takes and gives the same JSON. Each server is a process; all take turns, the median of 5 rounds of 3 s. Where it ' +
      'does not say inline, the model lives in a process host.',
    unit: '1/s',
    script: 'server-throughput.mjs',
    rounds: 3,
    packages: ['registry', 'adapters-onnx', 'open-inference', 'server'],
    targets: ['own server', 'own server, inline', 'in Fastify'].map((way) => ({
      what: `${way} ÷ bare`,
      of: (perSecond) => perSecond[`warmset, ${way}`] / perSecond.bare,
      atLeast: 0.8,
    })),
  },
  {
    name: 'server-health',
    title: 'GET /health under load while every model loads',
    about:
      'A fresh server gets 64 connections of infer and the first request for each other model; another process asks for ' +
      '`GET /health` every 5 ms. Three servers of 3 s.',
    unit: '',
    script: 'server-health.mjs',
    rounds: 3,
    packages: [...ADAPTERS, 'open-inference', 'server'],
    targets: [
      { what: 'ms, /health, 99th percentile', of: (all) => all['health: p99 ms'], below: 15 },
      { what: 'failed, /health', of: (all) => all['health: failed'], equals: 0 },
      { what: 'failed, infer', of: (all) => all['infer: failed'], equals: 0 },
    ],
  },
  ...['cost', 'lru'].map((policy) => evictionDecision(policy, '1000,10000,100000')),
  // Scored anew for each decision, so it takes as long as there are models: this is what the order saves.
  evictionDecision('own', '1000,10000', []),
];

/** @returns {Benchmark} */
function evictionDecision(policy, counts, targets = decisionTargets(policy)) {
  const which = policy === 'own' ? 'an application’s own policy, in no order' : `the policy \`${policy}\``;
  return {
    name: `eviction-decision-${policy}`,
    title: `Choosing a victim: ${which}`,
    about:
      'Microseconds, the median of 2,000: a decision, from the moment at which a load knows its bytes until its victim ' +
      'begins to drain, and the whole cold request that it is for. Inline, models of a kilobyte whose loads take nothing; ' +
      'ten of the loaded ones are used between two decisions.',
    unit: 'µs',
    script: 'eviction-decision.mjs',
    args: [counts, policy],
    rounds: 3,
    packages: ['registry'],
    targets,
  };
}

function decisionTargets(policy) {
  const decision = (count) => (us) => us[`${policy}, ${count} loaded: decision`];
  return [{ what: 'µs, 100,000 loaded', of: decision('100,000'), below: 20 }];
}

/** @returns {Benchmark} */
function registration(kind, what, packages = ['registry']) {
  return {
    name: `registration-${kind}`,
    title: `100,000 registered models: ${what}`,
    about: `Time and memory of models that nobody has asked for, their names included. Heap after two collections.`,
    unit: '',
    script: 'registration.mjs',
    args: [kind],
    nodeArgs: ['--expose-gc'],
    rounds: 5,
    packages,
    targets: [PER_MODEL],
  };
}
