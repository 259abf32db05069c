/** A server in a process of its own, for what signals do to it. */
import { ModelRegistry } from '@warmset/registry';
import { closeOnSignals, createServer } from '@warmset/server/node';

const registry = new ModelRegistry({
  models: {
    m: {
      load: () => ({}),
      run: (_model: object, inputs: object) =>
        new Promise((resolve) => {
          setTimeout(() => resolve(inputs), 20);
        }),
    },
  },
});
const server = createServer(registry);
closeOnSignals(server);
console.log(await server.listen({ port: 0 }));
