import {
  ADMIN,
  json,
  model,
  type PathItem,
  type Paths,
  preferHeader,
  ref,
  refusals,
  runAnswers,
  streamQuery,
} from './parts.js';

const tags = ['Models'];

function action(operationId: string, summary: string, answer: object): PathItem {
  return {
    post: {
      operationId,
      summary,
      tags,
      parameters: [model],
      security: ADMIN,
      responses: { 200: answer, ...refusals(401, 403, 404, 500, 503) },
    },
  };
}

export const modelPaths: Paths = {
  '/models/{model}': {
    get: {
      operationId: 'status',
      summary: 'Where the model is and what it has done.',
      tags,
      parameters: [model],
      responses: { 200: json('The status.', ref('ModelStatus')), ...refusals(404, 503) },
    },
  },
  '/models/{model}/explain': {
    get: {
      operationId: 'explain',
      summary: 'Why the model is where it is: the last decisions with their numbers.',
      tags,
      parameters: [model],
      responses: { 200: json('The decisions.', ref('Explanation')), ...refusals(404, 503) },
    },
  },
  '/models/{model}/run': {
    post: {
      operationId: 'run',
      summary: "Runs the model through its pipeline: the application's own types in and out, as JSON.",
      tags,
      parameters: [model, preferHeader, streamQuery],
      requestBody: { required: true, content: { 'application/json': { schema: ref('RunRequest') } } },
      responses: runAnswers({
        description: 'The output.',
        content: {
          'application/json': { schema: ref('RunResponse') },
          'text/event-stream': { schema: { type: 'string' } },
        },
      }),
    },
  },
  '/models/{model}/load': action(
    'load',
    'Loads the model, whatever its cool-down.',
    json('It is loaded.', ref('ModelStatus')),
  ),
  '/models/{model}/reload': action(
    'reload',
    'Loads a new copy, which takes over from the old one.',
    json('The new copy serves.', ref('ModelStatus')),
  ),
  '/models/{model}/evict': action(
    'evict',
    'Unloads the model once nobody uses it.',
    json('What came of it.', ref('EvictReport')),
  ),
};
