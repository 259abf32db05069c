/** A prediction may differ from the one made where the model was trained by no more than this. */
const TOLERANCE = 1e-4;

/** Collects what is wrong, so that the demo shows all of it before it fails. */
export class Checks {
  readonly failures: string[] = [];
  #made = 0;

  get made(): number {
    return this.#made;
  }

  that(holds: boolean, what: string): void {
    this.#made += 1;
    if (!holds) this.failures.push(what);
  }

  risk(model: string, row: number, got: number, expected: number): void {
    this.that(
      Math.abs(got - expected) <= TOLERANCE,
      `${model}, sample ${row}: risk ${got}, expected ${expected}`,
    );
  }
}
