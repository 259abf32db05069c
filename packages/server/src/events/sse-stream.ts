const ENCODER = new TextEncoder();

export const SSE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  // Tells nginx not to collect the stream before it hands it on.
  'x-accel-buffering': 'no',
};

/**
 * One client of server-sent events ([HTML, 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)). A
 * client that does not read is dropped once it is `bufferBytes` behind.
 */
export class SseStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #onEnd: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #ended = false;

  /** @param onEnd called once, whoever ends the stream */
  constructor(bufferBytes: number, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      { highWaterMark: bufferBytes, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** @param data JSON, which has no line breaks of its own */
  send(event: string, data: string, id?: string): void {
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${data}\n\n`);
  }

  /** Says nothing, so that the connection does not look dead. */
  beat(): void {
    this.#write(':\n\n');
  }

  close(): void {
    if (this.#ended) return;
    this.#controller.close();
    this.#end();
  }

  #write(text: string): void {
    if (this.#ended) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      // An error, unlike an end, lets go of what is queued for it.
      this.#controller.error(new Error('The client reads too slowly.'));
      this.#end();
      return;
    }
    this.#controller.enqueue(ENCODER.encode(text));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
  }
}
