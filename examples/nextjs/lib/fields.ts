import { type core, z } from 'zod';

interface FieldBase {
  readonly name: string;
  readonly label: string;
  /** Unit, meaning and range, as far as the schema has them. */
  readonly hint: string;
  readonly required: boolean;
}

export interface NumberField extends FieldBase {
  readonly kind: 'number';
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
}

export interface ChoiceField extends FieldBase {
  readonly kind: 'choice';
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface FlagField extends FieldBase {
  readonly kind: 'flag';
}

/** One input of a form, as plain data: it travels from the server's component to the browser's. */
export type Field = NumberField | ChoiceField | FlagField;

/** A patient, as the model's schema wants one. */
export type Patient = Readonly<Record<string, number | string | boolean | null>>;

const ACRONYMS = new Set(['bmi', 'ecg', 'st']);

/** The inputs that a form for this schema needs, in its order. */
export function fieldsOf(schema: z.ZodObject): Field[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema);
  return Object.entries(properties).map(([name, property]) => {
    if (typeof property === 'boolean') throw new TypeError(`${name} has no type of its own`);
    return fieldOf(name, property, required.includes(name));
  });
}

function fieldOf(name: string, property: core.JSONSchema.BaseSchema, required: boolean): Field {
  // What may be null is "this, or null".
  const { type, enum: choices, minimum, maximum } = property.anyOf?.[0] ?? property;
  const about = property.description ?? '';
  const base = { name, label: spelled(name), required };
  if (choices !== undefined) {
    const options = choices.map((value) => ({ value: String(value), label: spelled(String(value)) }));
    return { ...base, kind: 'choice', hint: about, options };
  }
  if (type === 'boolean') return { ...base, kind: 'flag', hint: about };
  if ((type === 'number' || type === 'integer') && minimum !== undefined && maximum !== undefined) {
    const hint = [about, `${minimum} to ${maximum}`].filter((part) => part !== '').join('; ');
    return {
      ...base,
      kind: 'number',
      hint,
      min: minimum,
      max: maximum,
      step: type === 'integer' ? 1 : 'any',
    };
  }
  throw new TypeError(`there is no input for ${name}, which is ${type ?? 'of no type'}`);
}

/** `restingEcg` → `Resting ECG`. */
function spelled(camelCase: string): string {
  const words = camelCase.split(/(?=[A-Z])/).map((word) => {
    const lower = word.toLowerCase();
    return ACRONYMS.has(lower) ? lower.toUpperCase() : lower;
  });
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What was filled in; what was left out is null. */
export function patientOf(fields: readonly Field[], form: FormData): Patient {
  return Object.fromEntries(fields.map((field) => [field.name, inputValue(field, form.get(field.name))]));
}

function inputValue({ kind }: Field, given: FormDataEntryValue | null): number | string | boolean | null {
  if (kind === 'flag') return given !== null;
  if (typeof given !== 'string' || given === '') return null;
  return kind === 'number' ? Number(given) : given;
}
