import type { ModelSignature, TensorMap } from '@warmset/registry';
import { checkInputs } from '@warmset/registry/adapter';

/** Checks a request's inputs before the runtime sees them; throws `ERR_INPUT_INVALID`. */
export type InputCheck = (inputs: unknown, modelName: string) => asserts inputs is TensorMap;

/** @param unranked names of the inputs that take a tensor of any rank */
export function inputCheck(signature: ModelSignature, unranked: readonly string[]): InputCheck {
  if (unranked.length === 0) return (inputs, modelName) => checkInputs(signature, inputs, modelName);
  return (inputs, modelName) => {
    const shapeGiven = (name: string): unknown =>
      (inputs as Record<string, { shape?: unknown } | null | undefined> | null | undefined)?.[name]?.shape;
    const fitted = signature.inputs.map((spec) => {
      const shape = unranked.includes(spec.name) ? shapeGiven(spec.name) : undefined;
      return Array.isArray(shape) ? { ...spec, shape } : spec;
    });
    checkInputs({ ...signature, inputs: fitted }, inputs, modelName);
  };
}
