import type { FoundModel } from './find-models.js';

/** A found model under the name it is served by. */
export interface NamedModel extends FoundModel {
  readonly name: string;
  /** The model that has the name this one would have had. */
  readonly insteadOf?: string;
}

const LONGEST = 200;
/** A property that every object inherits is refused by the registry. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A text as a valid model name: letters, digits and `. _ -`, starting with a letter or digit. */
export function asModelName(text: string): string {
  const name = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  if (name === '') return 'model';
  return INHERITED.has(name) ? `${name}-model` : name;
}

/**
 * Names models by their labels. The first of equal ones, in the order of paths, keeps the name; the others get their
 * folders before it (`b/heart.onnx` → `b-heart`), then a number.
 */
export function nameModels(models: readonly FoundModel[]): NamedModel[] {
  const taken = new Map<string, FoundModel>();
  return models.map((model) => {
    const plain = asModelName(model.label);
    const holder = taken.get(plain);
    const name = holder === undefined ? plain : freeName(model, plain, taken);
    taken.set(name, model);
    return { ...model, name, ...(holder !== undefined && { insteadOf: holder.path }) };
  });
}

function freeName(model: FoundModel, plain: string, taken: ReadonlyMap<string, unknown>): string {
  const folders = model.path.split('/').slice(0, -1);
  for (let depth = folders.length - 1; depth >= 0; depth -= 1) {
    const longer = asModelName([...folders.slice(depth), plain].join('-'));
    if (!taken.has(longer)) return longer;
  }
  for (let number = 2; ; number += 1) {
    const numbered = `${plain.slice(0, LONGEST - 10)}-${number}`;
    if (!taken.has(numbered)) return numbered;
  }
}
