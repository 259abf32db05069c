import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { LogLevel } from './log-levels.js';
import { printable } from './printable.js';

export type { Logger } from 'pino';

/** Lines for a person, or with `json` pino's own: one JSON object a line. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly json: boolean;
  readonly colours: boolean;
  readonly destination: Writable;
}): Logger {
  const { level, json, colours, destination } = options;
  const stream = json
    ? destination
    : pretty({
        colorize: colours,
        destination,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss',
        // What a line is about is in its message; the fields are for `--json`.
        hideObject: true,
        messageFormat: (fields) => printable(messageOf(fields)),
        sync: true,
      });
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Pino's own joins the messages of all causes, which ours have in them already.
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    stream,
  );
}

/** A line's fields as far as its message is made of them. */
interface Fields {
  readonly msg?: string;
  readonly model?: string;
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string };
}

/** The message, with the error that it is about: its own words where it is one of Warmset's, else also its stack. */
function messageOf(fields: Fields): string {
  const { msg = '', model, err } = fields;
  const about = model === undefined || msg.includes(model) ? msg : `${model}: ${msg}`;
  if (err === undefined) return about;
  return `${about}: ${err.type === 'WarmsetError' ? err.message : (err.stack ?? err.message)}`;
}
