'use client';

import { type FormEvent, Fragment, useId, useState } from 'react';
import { type Field, type Patient, patientOf } from '../lib/fields.js';
import { predict } from '../lib/predict.js';
import { Answer, type Outcome } from './answer.js';
import { Input } from './input.js';

interface Props {
  readonly model: string;
  readonly title: string;
  readonly runtime: string;
  readonly fields: readonly Field[];
  /** Held-out patients that the form can be filled with. */
  readonly patients: readonly Patient[];
}

/** A model's form, and its answer. */
export function RiskForm({ model, title, runtime, fields, patients }: Props) {
  const headingId = useId();
  const [turn, setTurn] = useState(0);
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' });

  async function ask(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (outcome.state === 'asked') return;
    const patient = patientOf(fields, new FormData(event.currentTarget));
    setOutcome({ state: 'asked' });
    try {
      setOutcome({ state: 'answered', ...(await predict(model, patient)) });
    } catch (error) {
      setOutcome({ state: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  function fillIn() {
    // An answer on its way is another patient's.
    if (outcome.state === 'asked') return;
    setTurn(turn + 1);
    setOutcome({ state: 'none' });
  }

  const patient = patients[turn % patients.length];
  return (
    <section id={model} aria-labelledby={headingId}>
      <header>
        <h2 id={headingId}>{title}</h2>
        <p>{runtime}</p>
      </header>
      <form onSubmit={ask} aria-labelledby={headingId}>
        {/* A new key is a new form, filled in anew. */}
        <Fragment key={turn}>
          <Inputs
            className="fields"
            fields={fields.filter(({ kind }) => kind !== 'flag')}
            patient={patient}
          />
          <Inputs
            className="fields flags"
            fields={fields.filter(({ kind }) => kind === 'flag')}
            patient={patient}
          />
        </Fragment>
        <div className="actions">
          <button type="submit" aria-disabled={outcome.state === 'asked'}>
            Predict
          </button>
          <button type="button" className="quiet" aria-disabled={outcome.state === 'asked'} onClick={fillIn}>
            Another patient
          </button>
          <Answer outcome={outcome} />
        </div>
      </form>
    </section>
  );
}

interface InputsProps {
  readonly className: string;
  readonly fields: readonly Field[];
  readonly patient: Patient | undefined;
}

function Inputs({ className, fields, patient }: InputsProps) {
  if (fields.length === 0) return null;
  return (
    <div className={className}>
      {fields.map((field) => (
        <Input key={field.name} field={field} value={patient?.[field.name]} />
      ))}
    </div>
  );
}
