import { signatureOf } from '@warmset/open-inference';
import type { ModelSignature } from '@warmset/registry';
import { messageOf, WarmsetError } from '@warmset/registry/adapter';
import type { HttpAnswer } from './exchange.js';
import { type Origin, refusedBy, unreadable } from './failures.js';

/** What a server tells of a model. */
export interface Metadata {
  readonly signature: ModelSignature;
  readonly runtime: string;
  /** A model that is not ready is loaded by the first request for it. */
  readonly loadsOnDemand: boolean;
}

/** @throws WarmsetError the server's own error; `ERR_RUN_FAILED` where it is no metadata */
export function readMetadata(answer: HttpAnswer, origin: Origin): Metadata {
  if (answer.status !== 200) throw refusedBy(answer, origin, origin.address.text);
  try {
    const json = parsed(answer);
    const signature = signatureOf(json);
    const { platform, properties } = json as { platform?: unknown; properties?: unknown };
    const { state, runtime } = (properties ?? {}) as { state?: unknown; runtime?: unknown };
    const what = [runtime, platform].find((value) => typeof value === 'string' && value !== '');
    return {
      signature,
      // Without the address: a status is shown to clients, too.
      runtime: `Open Inference Protocol${what === undefined ? '' : ` (${shortened(what as string)})`}`,
      // Warmset's servers tell what their models are up to; others have no such property.
      loadsOnDemand: typeof state === 'string',
    };
  } catch (cause) {
    throw cause instanceof WarmsetError ? unreadable(cause, origin) : cause;
  }
}

/** 200 is ready; some servers say otherwise in the body all the same. */
export function isReady(answer: HttpAnswer): boolean {
  if (answer.status !== 200) return false;
  try {
    return (parsed(answer) as { ready?: unknown } | null)?.ready !== false;
  } catch {
    // MLServer's has no body.
    return true;
  }
}

function parsed({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch (cause) {
    throw new WarmsetError('ERR_INPUT_INVALID', `Metadata: expected JSON, got ${messageOf(cause)}.`, {
      cause,
    });
  }
}

/** What is no text, as an escape sequence for a terminal, is left out. */
function shortened(text: string): string {
  const shown = text.slice(0, 100).replace(/[\p{Cc}\p{Surrogate}]+/gu, ' ');
  return text.length > 100 ? `${shown}…` : shown;
}
