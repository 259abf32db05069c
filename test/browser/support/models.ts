import type { ModelDefinition } from '@warmset/registry';

/** A model whose load goes on, and says how far it is, until the test lets it end. */
export function gated(bytes: number): {
  definition: ModelDefinition<object, unknown, unknown>;
  progress(fraction: number): void;
  finish(): void;
} {
  let finish = () => {};
  let report: (fraction: number) => void = () => {};
  return {
    progress: (fraction) => report(fraction),
    finish: () => finish(),
    definition: {
      async load({ reportProgress }) {
        report = reportProgress;
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return {};
      },
      run: (_model, input) => input,
      estimateBytes: bytes,
      measureBytes: () => bytes,
    },
  };
}
