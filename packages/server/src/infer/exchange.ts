import type { ModelHandle, RequestOptions } from '@warmset/registry';

/** What a body has been read to. */
export interface Decoded<Input> {
  readonly input: Input;
  /** The longest that the client wants to wait, in milliseconds, where its body says so. */
  readonly waitMs?: number | undefined;
}

/** What an answer is made of. */
interface Encoded {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** What is known of a request beside its body and its result. */
interface ExchangeFacts {
  readonly model: string;
  /** Whether it had to wait for the model to be loaded. */
  readonly cold: boolean;
  readonly callMs: number;
}

/** One way to talk to a model: from a body to its input, from its output to an answer. */
export interface Exchange<Input> {
  decode(body: Uint8Array, header: (name: string) => string | null | undefined): Decoded<Input>;
  /** The run of a model that is ready and free: `undefined` where it is not, or where this exchange has no such run. */
  runNow?(model: ModelHandle, input: Input, signal: AbortSignal | undefined): Promise<unknown> | undefined;
  run(model: ModelHandle, input: Input, options: RequestOptions): Promise<unknown>;
  encode(input: Input, output: unknown, facts: ExchangeFacts): Encoded;
}
