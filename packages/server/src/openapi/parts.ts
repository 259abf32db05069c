/** A JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, object>>;
  readonly security?: readonly object[];
}

export type PathItem = Readonly<Partial<Record<'get' | 'post', Operation>>>;
export type Paths = Readonly<Record<string, PathItem>>;

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object of exactly these properties; those that may be left out end in `?`. */
export function object(properties: Readonly<Record<string, Schema>>, more: Schema | boolean = false): Schema {
  const entries = Object.entries(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith('?')),
    additionalProperties: more,
  };
}

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const amount: Schema = { type: 'number' };
export const anyObject: Schema = { type: 'object' };

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

export function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function mapOf(values: Schema): Schema {
  return { type: 'object', additionalProperties: values };
}

export function json(description: string, schema: Schema): object {
  return { description, content: { 'application/json': { schema } } };
}

const retryAfter = {
  'retry-after': {
    description: 'Seconds after which it may go well.',
    schema: { type: 'integer', minimum: 1 },
  },
};

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is not valid.',
  401: 'It needs an admin.',
  403: 'The server has no admin, or a page of another site asks.',
  404: 'There is no such model, version or path.',
  413: 'The body is too large.',
  415: 'The body is of another type, or compressed.',
  429: 'The model is busy.',
  500: 'The model failed while running.',
  501: 'The model, or this server, cannot do that.',
  503: 'Not now: the model is not loaded, there is no room, the limit has passed, or the server is closing.',
};

/** The refusals that an operation may answer with, each `{"error": "text"}`. */
export function refusals(...statuses: readonly number[]): Readonly<Record<string, object>> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        ...json(REFUSALS[status] ?? '', ref('Error')),
        ...((status === 429 || status === 503) && { headers: retryAfter }),
      },
    ]),
  );
}

/** What anything with a body and a model may be refused with. */
const RUN_REFUSALS = refusals(400, 404, 413, 415, 429, 500, 501, 503);

function pathParameter(name: string, description: string): object {
  return { name, in: 'path', required: true, description, schema: text };
}

export const model = pathParameter('model', "The model's name.");
export const version = pathParameter('version', 'The only version is 1.');

export const preferHeader = {
  name: 'prefer',
  in: 'header',
  required: false,
  description:
    '`respond-async`: 202 at once where the model is not loaded; `wait=10`: at most so many seconds.',
  schema: text,
};

export const streamQuery = {
  name: 'stream',
  in: 'query',
  required: false,
  allowEmptyValue: true,
  description: "Answers with server-sent events: the model's progress, then `result` or `error`.",
  schema: text,
};

export const ADMIN = [{ admin: [] }];

/** An answer to a run: the result, its events, or 202. */
export function runAnswers(result: object): Readonly<Record<string, object>> {
  return {
    200: result,
    202: {
      ...json('The model is being loaded; send the request again then.', ref('Accepted')),
      headers: {
        ...retryAfter,
        location: { description: 'Where to see how the load comes along.', schema: text },
        'preference-applied': { schema: text },
      },
    },
    ...RUN_REFUSALS,
  };
}
