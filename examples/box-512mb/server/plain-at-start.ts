/** The usual server: it loads all its models when it starts, and keeps them. */
import { predictionApp, serve } from './app.js';
import { fleet } from './fleet.js';
import { loadPlain, type PlainModel } from './plain-model.js';

const models = new Map<string, PlainModel>();
for (const model of fleet) {
  models.set(model.name, await loadPlain(model));
  console.log(`loaded ${models.size}`);
}

serve(
  predictionApp(async (name, body) => {
    const model = models.get(name);
    if (model === undefined) throw new Error(`there is no model ${name}`);
    return model.predict(body);
  }),
);
