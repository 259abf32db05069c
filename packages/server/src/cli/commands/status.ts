import { clearScreenDown, cursorTo, emitKeypressEvents } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, EXIT } from '../cli-error.js';
import { terminalOf } from '../output/terminal.js';
import { cutToWidth } from '../output/text-width.js';
import { statusLines } from '../status/lines.js';
import { readServerState, type ServerState } from '../status/server-state.js';
import { serverUrl } from './server-client.js';

export interface StatusFlags {
  readonly once?: boolean;
  readonly json?: boolean;
  /** In milliseconds. */
  readonly interval?: number;
}

/** Shows the models of a running server: live on a terminal, once elsewhere. */
export async function status(
  address: string,
  { once = false, json = false, interval = 1000 }: StatusFlags,
): Promise<void> {
  const server = serverUrl(address);
  const terminal = terminalOf(process.stdout);
  if (json) {
    const { answers } = await readServerState(server);
    return console.log(JSON.stringify(answers, undefined, 2));
  }
  const first = await readServerState(server);
  if (once || !terminal.isTty) return print(first);
  await watch(server, first, interval);

  function print(state: ServerState): void {
    for (const line of statusLines(state, terminal)) console.log(line);
  }
}

/** A screen of its own, as `top` has, that is left as it was found, without a cursor. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

async function watch(server: URL, first: ServerState, interval: number): Promise<void> {
  const { stdout, stdin } = process;
  const terminal = terminalOf(stdout);
  const stop = new AbortController();
  const end = () => stop.abort();
  const onKey = (_text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    if (key.name === 'q' || key.name === 'escape' || (key.ctrl === true && key.name === 'c')) end();
  };
  let state: ServerState = first;
  let problem: string | undefined;
  const draw = () => {
    const room = (stdout.rows ?? 24) - 2;
    const lines = statusLines(state, terminal, problem);
    const footer = terminal.paint('dim', 'q quits');
    const shown =
      lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more lines`] : lines;
    cursorTo(stdout, 0, 0);
    clearScreenDown(stdout);
    stdout.write([...shown, '', footer].map((text) => cutToWidth(text, terminal.columns)).join('\n'));
  };
  stdout.write(ENTER);
  process.once('SIGTERM', end).once('SIGINT', end);
  if (stdin.isTTY) {
    emitKeypressEvents(stdin);
    stdin.setRawMode(true).on('keypress', onKey).resume();
  }
  stdout.on('resize', draw);
  try {
    while (!stop.signal.aborted) {
      draw();
      await sleep(interval, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) break;
      try {
        state = await readServerState(server);
        problem = undefined;
      } catch (error) {
        // A server that restarts is looked at again; what it last said stays on the screen.
        if (!(error instanceof CliError) || error.exitCode === EXIT.usage) throw error;
        problem = error.message;
      }
    }
  } finally {
    stdout.removeListener('resize', draw);
    stdout.write(LEAVE);
    if (stdin.isTTY) stdin.removeListener('keypress', onKey).setRawMode(false).pause();
    process.removeListener('SIGTERM', end).removeListener('SIGINT', end);
  }
}
