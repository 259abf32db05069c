/** One event as it goes out: `id` counts on within one run of the server. */
export interface LoggedEvent {
  readonly id: number;
  readonly type: string;
  /** JSON. */
  readonly data: string;
}

/** Events kept for clients that come back with `Last-Event-ID`. */
const KEPT = 512;

/** The last events, in order. */
export class EventLog {
  readonly #events: LoggedEvent[] = [];
  /** Tells one run of the server from the next: an id of an earlier run says nothing in this one. */
  readonly #run: string;
  #lastId = 0;

  constructor(run: string) {
    this.#run = run;
  }

  add(type: string, data: string): LoggedEvent {
    this.#lastId += 1;
    const event = { id: this.#lastId, type, data };
    this.#events.push(event);
    if (this.#events.length > KEPT) this.#events.shift();
    return event;
  }

  /** `<run>-<count>`, as clients see it. */
  idOf({ id }: LoggedEvent): string {
    return `${this.#run}-${id}`;
  }

  /** What came after the event that a client saw last; nothing where that was another run's, or is no id. */
  after(lastEventId: string | null | undefined): readonly LoggedEvent[] {
    const [, run, id] = /^([\w]+)-(\d{1,15})$/.exec(lastEventId ?? '') ?? [];
    if (run !== this.#run) return [];
    return this.#events.filter((event) => event.id > Number(id));
  }
}
