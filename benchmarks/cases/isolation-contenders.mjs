/** What the round trip and the traffic are measured of: bare channels, and registries with their hosts. */
import { onnxModel } from '@warmset/adapters-onnx';
import { ModelRegistry } from '@warmset/registry';
import { bareSession } from '../lib/bare.mjs';
import { bareChannel } from '../lib/bare-channel.mjs';
import { echoDefinition } from '../lib/echo-model.mjs';
import { smallModel } from '../lib/mlp-file.mjs';

/** @typedef {(input: object) => Promise<unknown>} Ask */

/** @returns {Promise<Ask>} */
export async function bareInference() {
  return (await bareSession(smallModel())).run;
}

/**
 * @param {'thread' | 'process'} kind
 * @param {boolean} model whether the far side has the model; without, it sends back what it got
 * @returns {Promise<Ask>}
 */
export async function bare(kind, model) {
  return (await bareChannel(kind, model ? smallModel() : undefined)).ask;
}

/**
 * @param {'thread' | 'process'} isolation
 * @param {boolean} model
 * @returns {Promise<Ask>}
 */
export async function warmset(isolation, model) {
  const far = model ? onnxModel({ path: smallModel() }) : echoDefinition();
  const registry = new ModelRegistry({ models: { far }, isolation });
  await registry.load('far');
  const { isolation: lives } = registry.status('far');
  if (lives !== isolation)
    throw new Error(`Measured would be a model that lives ${lives}, not in a ${isolation}.`);
  return (input) => registry.run('far', input);
}

/** The rounds in which contenders take turns; what else the machine does falls on all of them alike. */
export async function inTurns(contenders, rounds, measure) {
  const samples = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const names = Object.keys(contenders);
  for (let round = 0; round < rounds; round++) {
    for (const [place] of names.entries()) {
      const name = names[(place + round) % names.length];
      samples[name].push(await measure(contenders[name]));
    }
  }
  return samples;
}
