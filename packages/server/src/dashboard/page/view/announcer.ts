import type { Message } from '../state/messages.js';
import { byId, setText } from './dom.js';

/** What is said at most this often: on a busy server nobody could listen to all of it. */
const QUIET_MS = 2_000;

/** Says to a screen reader what has become of a model, without moving it away from where it is. */
export class Announcer {
  readonly #node = byId('announcer', HTMLElement);
  #next: string | undefined;
  #timer: number | undefined;

  tell(message: Message): void {
    this.#next = textOf(message) ?? this.#next;
    if (this.#timer === undefined) this.#sayNext();
  }

  #sayNext(): void {
    this.#timer = undefined;
    if (this.#next === undefined) return;
    setText(this.#node, this.#next);
    this.#next = undefined;
    this.#timer = window.setTimeout(() => this.#sayNext(), QUIET_MS);
  }
}

function textOf(message: Message): string | undefined {
  if (message.type === 'failed') return `${message.data.name} could not be loaded`;
  if (message.type === 'evicted') return `${message.data.name} was evicted`;
  if (message.type === 'state' && message.data.to === 'ready') return `${message.data.name} is ready`;
  if (message.type === 'connection' && message.data === 'lost')
    return 'The connection to the server was lost';
  return undefined;
}
