import { HttpError } from './http-error.js';

/** A request's share of the room for bodies, from the first byte of its body until its answer is made. */
export interface BodyShare {
  /** @param bytes that have come. @throws HttpError 503 */
  has(bytes: number): void;
  release(): void;
}

/** The bytes of all the bodies that are in memory at a time. */
export class BodyRoom {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get takenBytes(): number {
    return this.#taken;
  }

  /**
   * A body takes room as it comes. What is announced takes none: a few clients that announce much and send nothing would
   * keep all others out.
   *
   * @param announced the bytes that the client says it sends; 0 where it does not say
   * @throws HttpError 503 where there is no room for them now
   */
  share(announced: number): BodyShare {
    if (this.#taken + announced > this.#most) throw this.#full();
    let own = 0;
    const has = (bytes: number) => {
      if (bytes <= own) return;
      const taken = this.#taken + bytes - own;
      if (taken > this.#most) throw this.#full();
      this.#taken = taken;
      own = bytes;
    };
    return {
      has,
      release: () => {
        this.#taken -= own;
        own = 0;
      },
    };
  }

  #full(): HttpError {
    return new HttpError(
      503,
      `The server holds as many bytes of requests as it may (${this.#most}). Try again later.`,
      // What the client goes on sending is not read, so the connection cannot be used again.
      { headers: { connection: 'close' }, retryAfterMs: 1_000 },
    );
  }
}
