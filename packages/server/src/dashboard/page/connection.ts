import type { Message } from './state/messages.js';
import { SERVER_EVENTS } from './state/messages.js';

/** How long after the server has refused the stream it is asked again; a browser only comes back by itself to one it had. */
const AGAIN_MS = 5_000;

/** Listens to the server's events for as long as the page is open. */
export function listen(base: string, onMessage: (message: Message) => void): void {
  const source = new EventSource(`${base}/events`);
  source.addEventListener('open', () => onMessage({ type: 'connection', data: 'live' }));
  source.addEventListener('error', () => {
    onMessage({ type: 'connection', data: 'lost' });
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(base, onMessage), AGAIN_MS);
  });
  for (const type of ['snapshot', ...SERVER_EVENTS]) {
    // What it sends is of the form that its own registry has.
    source.addEventListener(type, ({ data }: MessageEvent<string>) =>
      onMessage({ type, data: JSON.parse(data) } as Message),
    );
  }
}
