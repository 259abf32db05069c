import { useId } from 'react';
import type { Field, Patient } from '../lib/fields.js';

interface Props {
  readonly field: Field;
  readonly value: Patient[string] | undefined;
}

/** One labelled input, with what it means under it. */
export function Input({ field, value }: Props) {
  const id = useId();
  const hintId = `${id}hint`;
  const shared = { id, name: field.name, ...(field.hint !== '' && { 'aria-describedby': hintId }) };
  const hint = field.hint !== '' && <small id={hintId}>{field.hint}</small>;
  if (field.kind === 'flag') {
    return (
      <div className="flag">
        <input {...shared} type="checkbox" defaultChecked={value === true} />
        <label htmlFor={id}>{field.label}</label>
        {hint}
      </div>
    );
  }
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.label}
        {!field.required && <span className="optional"> (optional)</span>}
      </label>
      {field.kind === 'choice' ? (
        <select {...shared} required={field.required} defaultValue={String(value ?? '')}>
          {!field.required && <option value="">Unknown</option>}
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type="number"
          required={field.required}
          min={field.min}
          max={field.max}
          step={field.step}
          defaultValue={String(value ?? '')}
        />
      )}
      {hint}
    </div>
  );
}
