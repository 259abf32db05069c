/** Where the server tells what no client may read: the shape of pino's, so that a pino logger fits as it is. */
export interface Logger {
  error(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

/** Errors and warnings to stderr; a server that answers says nothing. */
export const consoleLogger: Logger = {
  error: (facts, message) => console.error(...line(facts, message)),
  warn: (facts, message) => console.warn(...line(facts, message)),
  info: () => {},
};

function line(facts: object, message: string): unknown[] {
  const text = `warmset: ${message}`;
  return Object.keys(facts).length === 0 ? [text] : [text, facts];
}
