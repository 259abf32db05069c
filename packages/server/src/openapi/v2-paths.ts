import {
  ADMIN,
  anyObject,
  flag,
  json,
  model,
  object,
  type PathItem,
  type Paths,
  preferHeader,
  ref,
  refusals,
  runAnswers,
  streamQuery,
  version,
} from './parts.js';

const tags = ['Open Inference Protocol V2'];

const binary = { type: 'string', format: 'binary' };

/** Where the body has tensors after its JSON. */
const headerLength = {
  name: 'inference-header-content-length',
  in: 'header',
  required: false,
  description: 'The length of the JSON in bytes, where binary tensors follow it.',
  schema: { type: 'integer', minimum: 0 },
};

const inferBody = {
  required: true,
  content: {
    'application/json': { schema: ref('InferRequest') },
    'application/octet-stream': { schema: binary },
  },
};

const inferResult = {
  description: 'The outputs.',
  content: {
    'application/json': { schema: ref('InferResponse') },
    'application/octet-stream': { schema: binary },
    'text/event-stream': { schema: { type: 'string' } },
  },
};

/** Each of these is there for a model and for its version. */
function versioned(
  suffix: string,
  id: string,
  item: (id: string, parameters: readonly object[]) => PathItem,
): Paths {
  return {
    [`/v2/models/{model}${suffix}`]: item(id, [model]),
    [`/v2/models/{model}/versions/{version}${suffix}`]: item(`${id}Version`, [model, version]),
  };
}

export const v2Paths: Paths = {
  '/v2/health/live': {
    get: {
      operationId: 'serverLive',
      summary: 'Does it live?',
      tags,
      responses: { 200: json('It does.', ref('Live')) },
    },
  },
  '/v2/health/ready': {
    get: {
      operationId: 'serverReady',
      summary: 'Are all required models loaded?',
      tags,
      responses: {
        200: json('They are.', ref('Ready')),
        503: json('Not yet, or not any more.', ref('Ready')),
      },
    },
  },
  '/v2': {
    get: {
      operationId: 'serverMetadata',
      summary: 'The server and its extensions.',
      tags,
      responses: { 200: json('The server.', ref('ServerMetadata')) },
    },
  },
  ...versioned('', 'modelMetadata', (operationId, parameters) => ({
    get: {
      operationId,
      summary: 'Inputs and outputs. Both are empty until the model has been loaded once.',
      tags,
      parameters,
      responses: { 200: json('The model.', ref('ModelMetadata')), ...refusals(404, 503) },
    },
  })),
  ...versioned('/ready', 'modelReady', (operationId, parameters) => ({
    get: {
      operationId,
      summary: 'Is the model in memory? Where it is not, the first request to infer loads it.',
      tags,
      parameters,
      responses: {
        200: json('It is.', ref('ModelReady')),
        ...refusals(404),
        503: json('It is not, or the server is closing.', { anyOf: [ref('ModelReady'), ref('Error')] }),
      },
    },
  })),
  ...versioned('/infer', 'modelInfer', (operationId, parameters) => ({
    post: {
      operationId,
      summary: 'Runs the model, loading it if needed.',
      tags,
      parameters: [...parameters, headerLength, preferHeader, streamQuery],
      requestBody: inferBody,
      responses: runAnswers(inferResult),
    },
  })),
  ...versioned('/stats', 'modelStatistics', (operationId, parameters) => ({
    get: {
      operationId,
      summary: 'How often, and how long.',
      tags,
      parameters,
      responses: { 200: json('Of this model.', ref('Statistics')), ...refusals(404, 503) },
    },
  })),
  '/v2/models/stats': {
    get: {
      operationId: 'statistics',
      summary: 'How often, and how long, of every model.',
      tags,
      responses: { 200: json('Of all models.', ref('Statistics')) },
    },
  },
  '/v2/repository/index': {
    post: {
      operationId: 'repositoryIndex',
      summary: 'Every model and its state.',
      tags,
      requestBody: {
        required: false,
        content: { 'application/json': { schema: object({ 'ready?': flag }, true) } },
      },
      responses: { 200: json('The models.', ref('RepositoryIndex')), ...refusals(400, 413) },
    },
  },
  '/v2/repository/models/{model}/load': {
    post: {
      operationId: 'repositoryModelLoad',
      summary: 'Loads a model.',
      tags,
      parameters: [model],
      security: ADMIN,
      requestBody: { required: false, content: { 'application/json': { schema: anyObject } } },
      responses: { 200: json('It is loaded.', object({})), ...refusals(400, 401, 403, 404, 413, 500, 503) },
    },
  },
  '/v2/repository/models/{model}/unload': {
    post: {
      operationId: 'repositoryModelUnload',
      summary: 'Unloads a model. The next request loads it again.',
      tags,
      parameters: [model],
      security: ADMIN,
      requestBody: { required: false, content: { 'application/json': { schema: anyObject } } },
      responses: { 200: json('It is not loaded.', object({})), ...refusals(400, 401, 403, 404, 413, 503) },
    },
  },
};
