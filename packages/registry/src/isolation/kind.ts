import type { ModelDefinition } from '../definition.js';
import type { IsolationKind } from './host.js';

/** Where a definition is loaded: as it says, else as the registry says; closures cannot leave this thread. */
export function kindFor(
  { portable, isolation }: Pick<ModelDefinition, 'portable' | 'isolation'>,
  settings: { readonly kind: IsolationKind },
): IsolationKind {
  return portable === undefined ? 'inline' : (isolation ?? settings.kind);
}
