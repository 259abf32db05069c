/** What a user is told who has the adapter but not the runtime. */
import { tfjsModel } from '@warmset/adapters-tfjs';
import { ModelRegistry, WarmsetError } from '@warmset/registry';

const registry = new ModelRegistry({ models: { lung: tfjsModel({ path: process.argv[2] }) } });
const error = await registry.load('lung').catch((reason) => reason);
await registry.close();
console.log(
  JSON.stringify({ isWarmsetError: error instanceof WarmsetError, code: error.code, message: error.message }),
);
