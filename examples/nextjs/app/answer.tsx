import type { Prediction } from '../lib/predict.js';

/** What became of the form. */
export type Outcome =
  | { readonly state: 'none' | 'asked' }
  | { readonly state: 'failed'; readonly message: string }
  | ({ readonly state: 'answered' } & Prediction);

/** The risk, whether the model was in memory, and how long it took; read out when it comes. */
export function Answer({ outcome }: { readonly outcome: Outcome }) {
  return (
    <output className="answer" aria-busy={outcome.state === 'asked'}>
      {outcome.state === 'asked' && <span className="waiting">Predicting …</span>}
      {outcome.state === 'failed' && <span className="failed">{outcome.message}</span>}
      {outcome.state === 'answered' && (
        <>
          <span className="risk">
            Risk <data value={outcome.risk}>{(100 * outcome.risk).toFixed(1)} %</data>
          </span>
          <span className={outcome.cold ? 'badge cold' : 'badge warm'}>{outcome.cold ? 'cold' : 'warm'}</span>
          <span className="times">
            {outcome.cold ? 'loaded and run' : 'run'} in {inMs(outcome.serverMs)}, {inMs(outcome.totalMs)} as
            the browser saw it
          </span>
        </>
      )}
    </output>
  );
}

function inMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
