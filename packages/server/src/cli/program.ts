import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode } from './cli-error.js';
import { LOG_LEVELS } from './output/log-levels.js';
import { type Budget, parseBudget } from './serve/budget.js';

/** The command with all that it takes; a command's own code is imported when it is asked for. */
export function createProgram(version: string): Command {
  const program = new Command('warmset')
    .description('Keeps many ML models ready in one server that cannot hold them all.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'warmset: ')),
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 it failed, 2 it was asked for wrongly.');
  addServe(program);
  addInspect(program);
  addStatus(program);
  addBench(program);
  return program;
}

function addServe(program: Command): void {
  program
    .command('serve')
    .summary('serve a folder of models, or what a config file says')
    .description(
      'Serves every model in a folder (.onnx, TensorFlow.js model.json, .h5, .keras, SavedModels, numbered versions), or what a ' +
        'config file says (.ts, .js, .mjs, .json). Models load on their first use.',
    )
    .argument('<target>', 'a folder of models, or a config file')
    .addOption(
      new Option('-p, --port <port>', 'where to listen; 0 is any free port (default: 8080)')
        .argParser(port)
        .env('PORT'),
    )
    .option('-H, --host <host>', 'address to listen on; 0.0.0.0 for all (default: 127.0.0.1)')
    .option('--preload <names>', 'models to load at the start, separated by commas, or "all"', names)
    .option(
      '--budget <size>',
      'memory for models: 300MB, 512MiB, 60% of the limit, or "auto"; a bare number is bytes',
      budget,
    )
    .addOption(
      new Option('--admin-token <token>', 'lets those who send it load and unload over HTTP').env(
        'WARMSET_ADMIN_TOKEN',
      ),
    )
    .option('--no-dashboard', 'serve no /dashboard')
    .option('--shutdown-timeout <seconds>', 'time for accepted requests after SIGTERM (default: 25)', seconds)
    .addOption(new Option('--log-level <level>', 'how much to tell').choices(LOG_LEVELS).default('info'))
    .option('--json', 'log in JSON, a line each')
    .action(async (target: string, flags) => {
      const { serve } = await import('./commands/serve.js');
      await serve(target, flags);
    });
}

function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary("print a model's inputs, outputs, bytes and runtime")
    .description('Loads a model once, in a process of its own, and prints what it takes, gives and costs.')
    .argument('<file>', 'a model file, or the folder of a SavedModel')
    .option('--json', 'print JSON')
    .action(async (file: string, flags) => {
      const { inspect } = await import('./commands/inspect.js');
      await inspect(file, flags);
    });
}

function addStatus(program: Command): void {
  program
    .command('status')
    .summary('watch the models of a running server')
    .description('Shows the models of a running server: live on a terminal (q quits), once elsewhere.')
    .argument('<url>', 'of the server, such as http://127.0.0.1:8080')
    .option('--once', 'print once')
    .option('--json', 'print JSON, once')
    .option('--interval <seconds>', 'time between looks (default: 1)', seconds)
    .action(async (url: string, flags) => {
      const { status } = await import('./commands/status.js');
      await status(url, flags);
    });
}

function addBench(program: Command): void {
  program
    .command('bench')
    .summary('measure the latency and throughput of a model')
    .description(
      'Sends inference requests, made from what the model says it takes, and prints latency percentiles and throughput. ' +
        'Only to this machine, unless --remote is given.',
    )
    .argument('<url>', 'of the server, such as http://127.0.0.1:8080')
    .argument('<model>', 'its name')
    .addOption(
      new Option('-d, --duration <seconds>', 'how long to measure').argParser(seconds).default(10_000, '10'),
    )
    .option('-c, --connections <count>', 'how many at a time', count, 10)
    .option('-b, --batch <count>', 'size of a free first dimension', count, 1)
    .option('-i, --input <file>', 'the body of an infer request, in JSON, instead of a made one')
    .option('--binary', 'send and ask for tensors as bytes')
    .option('--remote', 'allow a server on another machine')
    .option('--json', 'print JSON')
    .action(async (url: string, model: string, flags) => {
      const { bench } = await import('./commands/bench.js');
      await bench(url, model, flags);
    });
}

/** What the process exits with where commander ended it: by printing help, or over a wrong argument. */
export function exitCodeOf({ exitCode }: CommanderError): ExitCode {
  return exitCode === 0 ? EXIT.ok : EXIT.usage;
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 0 to 65535.');
}

function count(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number of at least 1.');
}

/** Seconds on the command line, milliseconds inside. */
function seconds(text: string): number {
  const value = /^\d+(\.\d+)?s?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value > 0) return value * 1000;
  throw new InvalidArgumentError('Expected seconds, such as 10 or 0.5.');
}

function names(text: string): 'all' | string[] {
  const list = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (list.length === 0) throw new InvalidArgumentError('Expected names such as heart,liver, or all.');
  return list.length === 1 && list[0] === 'all' ? 'all' : list;
}

function budget(text: string): Budget {
  const given = parseBudget(text);
  if (given !== undefined) return given;
  throw new InvalidArgumentError('Expected a size such as 300MB or 512MiB, a share such as 60%, or auto.');
}
