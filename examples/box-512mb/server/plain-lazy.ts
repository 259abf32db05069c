/** The usual way to load on first use: a map of promises, from which nothing ever goes. */
import { predictionApp, serve } from './app.js';
import { fleet } from './fleet.js';
import { loadPlain, type PlainModel } from './plain-model.js';

const models = new Map<string, Promise<PlainModel>>();

function getModel(name: string): Promise<PlainModel> {
  let loading = models.get(name);
  if (loading === undefined) {
    const model = fleet.find((one) => one.name === name);
    if (model === undefined) throw new Error(`there is no model ${name}`);
    loading = loadPlain(model);
    models.set(name, loading);
    console.log(`loaded ${models.size}`);
  }
  return loading;
}

serve(predictionApp(async (name, body) => (await getModel(name)).predict(body)));
