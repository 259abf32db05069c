import { fieldsOf } from '../lib/fields.js';
import { models } from '../lib/models.js';
import { RiskForm } from './risk-form.js';

/** A form for each model. Nothing here touches the registry: the page is made at build time. */
export default function Page() {
  return (
    <>
      <header className="top">
        <h1>Four models, one registry</h1>
        <p>
          Each model is loaded by the first request that wants it, and is warm for the next ones. The forms
          are filled with patients that the models have never seen. None of this is a medical device.
        </p>
        <nav aria-label="Models">
          {Object.entries(models).map(([name, { title }]) => (
            <a key={name} href={`#${name}`}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {Object.entries(models).map(([name, { title, runtime, schema, samples }]) => (
          <RiskForm
            key={name}
            model={name}
            title={title}
            runtime={runtime}
            fields={fieldsOf(schema)}
            patients={samples.map(({ features }) => features)}
          />
        ))}
      </main>
    </>
  );
}
