import type { OnBodyBytes } from '../http/body.js';

/** One request to run a model, whatever it came over. */
export interface Call {
  /** As it stands in the path, decoded: any text at all. */
  readonly model: string;
  readonly version: string | undefined;
  header(name: string): string | null | undefined;
  /** @throws HttpError 413; what `onBytes` throws */
  readBody(limit: number, onBytes: OnBodyBytes): Promise<Uint8Array>;
  /** Aborts when the client hangs up. */
  readonly signal: AbortSignal;
  /** Whatever the policy for cold models is: an answer before the load would come to nothing. */
  readonly mustWait?: boolean;
  /** From this request's path to `models/<name>`, where that tells of the model: relative, since a mount's prefix is not known here. */
  readonly statusLink: string | undefined;
}
