import { type Action, outcomeOf } from '../state/actions.js';
import { byId, setText } from './dom.js';

/**
 * Loads, reloads and evicts for whoever has the token. It is kept in memory alone: other pages of this origin share what
 * the browser stores.
 */
export class Admin {
  readonly #mode = document.documentElement.dataset.admin;
  readonly #form = byId('admin', HTMLFormElement);
  readonly #input = byId('token', HTMLInputElement);
  readonly #forget = byId('forget-token', HTMLButtonElement);
  readonly #outcome = byId('outcome', HTMLElement);
  readonly #base: string;
  readonly #onChange: () => void;
  #token: string | undefined;

  constructor(base: string, onChange: () => void) {
    this.#base = base;
    this.#onChange = onChange;
    this.#form.hidden = this.#mode === 'off';
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const typed = this.#input.value.trim();
      this.#input.value = '';
      this.#use(typed === '' ? undefined : typed);
    });
    this.#forget.addEventListener('click', () => {
      this.#use(undefined);
      this.#input.focus();
    });
  }

  /** Whether the buttons are of use: where the server decides by something else than a token, it may let us through. */
  get isOn(): boolean {
    return this.#mode === 'authorize' || (this.#mode === 'token' && this.#token !== undefined);
  }

  async act(action: Action, name: string): Promise<void> {
    this.#say(`${name}: ${action} …`, false);
    try {
      const response = await fetch(`${this.#base}/models/${encodeURIComponent(name)}/${action}`, {
        method: 'POST',
        ...(this.#token !== undefined && { headers: { authorization: `Bearer ${this.#token}` } }),
      });
      const body: unknown = await response.json().catch(() => undefined);
      const { text, failed, refused } = outcomeOf(action, name, response.status, body);
      if (refused) this.#use(undefined);
      this.#say(text, failed);
    } catch {
      this.#say(`${name}: not done. The server did not answer.`, true);
    }
  }

  #use(token: string | undefined): void {
    this.#token = token;
    this.#forget.hidden = token === undefined;
    this.#say('', false);
    this.#onChange();
  }

  #say(text: string, failed: boolean): void {
    setText(this.#outcome, text);
    this.#outcome.toggleAttribute('data-failed', failed);
  }
}
