import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { jsonAnswer, SECURITY_HEADERS } from '../http/answer.js';

/** What Node's parser and its limits on time refuse, by the status that Node itself would answer. */
const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const TEXT: Readonly<Record<number, string>> = {
  400: 'This is not a valid HTTP request.',
  408: 'The request took too long to arrive.',
  413: 'The chunk extensions are too large.',
  431: 'The headers are too large.',
};

/** Answers what never became a request in the form of all errors, and ends the connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Node's own mark of the answer that is on its way: another one in the midst of it would be taken for a part of it.
  const { _httpMessage: under } = socket as Duplex & { _httpMessage?: ServerResponse };
  if (!socket.writable || error.code === 'ECONNRESET' || under?.headersSent === true) {
    socket.destroy(error);
    return;
  }
  const status = STATUS[error.code ?? ''] ?? 400;
  const { headers, body } = jsonAnswer({ error: TEXT[status] });
  const all = { ...SECURITY_HEADERS, ...headers, 'content-length': String(body).length, connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}

/**
 * Ends the connection of a client that has asked, and does not read what it is answered: the answer would be held in
 * memory for as long as it likes.
 *
 * @param ms without any of it being read; 0 is for ever
 */
export function dropUnread(response: ServerResponse, ms: number): void {
  response.once('prefinish', () => {
    // Nearly every answer is out by now. A stream keeps its own watch until it ends.
    if ((response.socket?.writableLength ?? 0) > 0) response.setTimeout(ms, () => response.destroy());
  });
}
