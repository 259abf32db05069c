import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ModelDefinition } from './definition.js';
import { messageOf, WarmsetError } from './errors.js';
import { aFunction, invalidOption, optionalFunction } from './option-check.js';

/**
 * Takes a caller's value to the model and the model's answer back. It runs in the caller's process, around the
 * lease: a value it refuses loads nothing, and a slow decoder keeps no model busy.
 */
export type Pipeline = (
  input: unknown,
  run: (encoded: unknown) => Promise<unknown>,
  modelName: string,
) => Promise<unknown>;

/** Issues that a message spells out. */
const SHOWN_ISSUES = 5;

/** `Given` is what callers hand in, `Value` what the schema makes of it, `Result` what callers get. */
export interface PipelineOptions<Given, Value, ModelInput, ModelOutput, Result> {
  /** Any [Standard Schema](https://standardschema.dev): zod, valibot, arktype. */
  schema?: StandardSchemaV1<Given, Value>;
  encode(value: Value): ModelInput | Promise<ModelInput>;
  /** Without it, callers get the model's output as it is. */
  decode?(output: ModelOutput, value: Value): Result | Promise<Result>;
}

/**
 * Wraps a definition so that callers hand in and get back their own types.
 *
 * What the schema refuses, or `encode` throws at, is `ERR_INPUT_INVALID` (with the schema's `issues`), decided before
 * the model is loaded. What `decode` throws is `ERR_RUN_FAILED`. Wrapping twice nests.
 */
export function withPipeline<Model, ModelInput, ModelOutput, Value, Given = Value, Result = ModelOutput>(
  definition: ModelDefinition<Model, ModelInput, ModelOutput>,
  options: PipelineOptions<Given, Value, ModelInput, ModelOutput, Result>,
): ModelDefinition<Model, NoInfer<Given>, Result> {
  checkOptions(options);
  const inner = definition.pipeline;
  const pipeline: Pipeline = async (input, run, modelName) => {
    const value = await stage('ERR_INPUT_INVALID', modelName, () =>
      validate(options.schema, input, modelName),
    );
    const encoded = await stage('ERR_INPUT_INVALID', modelName, () => options.encode(value));
    const output = await (inner === undefined ? run(encoded) : inner(encoded, run, modelName));
    const { decode } = options;
    if (decode === undefined) return output;
    return stage('ERR_RUN_FAILED', modelName, () => decode(output as ModelOutput, value));
  };
  // The registry hands the pipeline what callers give it, so the model's own input and output types end here.
  return { ...definition, pipeline } as unknown as ModelDefinition<Model, NoInfer<Given>, Result>;
}

/** @throws WarmsetError `ERR_MODEL_INVALID`: a mistake in the server's code must not look like one in a request. */
function checkOptions(options: object): void {
  const { schema, encode, decode } = (options ?? {}) as Record<string, unknown>;
  aFunction('encode of withPipeline', encode);
  optionalFunction('decode of withPipeline', decode);
  if (
    schema === undefined ||
    typeof schema === 'function' ||
    (schema as StandardSchemaV1 | null)?.['~standard']
  )
    return;
  throw invalidOption('schema of withPipeline', schema, 'a Standard Schema, e.g. of zod or valibot');
}

async function validate<Given, Value>(
  schema: StandardSchemaV1<Given, Value> | undefined,
  input: unknown,
  modelName: string,
): Promise<Value> {
  if (schema === undefined) return input as Value;
  const result = await schema['~standard'].validate(input);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, SHOWN_ISSUES).map((issue) => `${pathOf(issue)}${issue.message}`);
  const more = result.issues.length - issues.length;
  if (more > 0) issues.push(`and ${more} more`);
  throw new WarmsetError(
    'ERR_INPUT_INVALID',
    `Model "${modelName}": the input does not match its schema: ${issues.join('; ')}`,
    {
      modelName,
      cause: result,
      issues: result.issues,
      retriable: false,
    },
  );
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  if (issue.path === undefined || issue.path.length === 0) return '';
  return `${issue.path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}: `;
}

async function stage<T>(
  code: 'ERR_INPUT_INVALID' | 'ERR_RUN_FAILED',
  modelName: string,
  step: () => T | Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof WarmsetError) throw cause;
    const what =
      code === 'ERR_INPUT_INVALID' ? 'the input could not be encoded' : 'the output could not be decoded';
    throw new WarmsetError(code, `Model "${modelName}": ${what}: ${messageOf(cause)}`, { modelName, cause });
  }
}
