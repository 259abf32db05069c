import type { PublicExplanation } from '../../public-explanation.js';

/** Things happen in groups: a load is several events. */
const SOON_MS = 150;
/** Requests at a time, so that the stream and the buttons have connections left: browsers open six to a server. */
const AT_ONCE = 2;

/** Fetches why models are where they are, each again only after something has happened to it. */
export class Explanations {
  readonly #base: string;
  readonly #onExplained: (explanation: PublicExplanation) => void;
  readonly #wanted = new Set<string>();
  #running = 0;
  #timer: number | undefined;

  constructor(base: string, onExplained: (explanation: PublicExplanation) => void) {
    this.#base = base;
    this.#onExplained = onExplained;
  }

  want(name: string): void {
    this.#wanted.add(name);
    this.#timer ??= window.setTimeout(() => {
      this.#timer = undefined;
      this.#fetchMore();
    }, SOON_MS);
  }

  #fetchMore(): void {
    for (const name of this.#wanted) {
      if (this.#running >= AT_ONCE) return;
      this.#wanted.delete(name);
      this.#running += 1;
      void this.#fetch(name).finally(() => {
        this.#running -= 1;
        this.#fetchMore();
      });
    }
  }

  async #fetch(name: string): Promise<void> {
    try {
      const response = await fetch(`${this.#base}/models/${encodeURIComponent(name)}/explain`);
      if (response.ok) this.#onExplained((await response.json()) as PublicExplanation);
    } catch {
      // The stream is what says that the server is away; the next event asks again.
    }
  }
}
