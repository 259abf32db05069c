import type { Patient } from './fields.js';

export interface Prediction {
  /** 0 to 1. */
  readonly risk: number;
  /** Whether this request had to wait for the model to be loaded. */
  readonly cold: boolean;
  /** From the registry's taking it to its answer, a load included. */
  readonly serverMs: number;
  /** As the browser saw it. */
  readonly totalMs: number;
}

/** What `POST /models/{model}/run` answers. */
interface RunAnswer {
  readonly output: { readonly risk: number };
  readonly cold: boolean;
  readonly ms: number;
}

/** @throws Error with what the server said */
export async function predict(model: string, patient: Patient): Promise<Prediction> {
  const startedAt = performance.now();
  const response = await fetch(`/api/warmset/models/${model}/run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: patient }),
  });
  const answer = (await response.json()) as RunAnswer | { readonly error: string };
  if ('error' in answer) throw new Error(answer.error);
  const totalMs = performance.now() - startedAt;
  return { risk: answer.output.risk, cold: answer.cold, serverMs: answer.ms, totalMs };
}
