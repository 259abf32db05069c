import type { DType, ModelSignature, TensorSpec } from '@warmset/registry';
import { dataTypeName } from '../tf-dtypes.js';
import type { SignatureDef, TensorInfo } from './meta-graphs.js';

/** Types that tfjs-node can make a tensor of, by TensorFlow's own name. */
const INPUTS: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int64',
  DT_UINT8: 'uint8',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
};
/** It can hold a uint8 output and not read it: "Unhandled TF_DataType: 4". */
const OUTPUTS: Readonly<Record<string, DType>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int64',
  DT_BOOL: 'bool',
  DT_STRING: 'string',
};

export interface SavedModelPorts {
  readonly signature: ModelSignature;
  /** Names of the inputs that take a tensor of any rank; their shape is shown as `[]`. */
  readonly unrankedInputs: readonly string[];
}

/** @throws Error that names the input or output that tfjs-node cannot carry */
export function savedModelPorts({ inputs, outputs }: SignatureDef): SavedModelPorts {
  return {
    signature: {
      inputs: inputs.map((info) => specOf('input', info, INPUTS)),
      outputs: outputs.map((info) => specOf('output', info, OUTPUTS)),
    },
    unrankedInputs: inputs.filter(({ shape }) => shape === undefined).map(({ name }) => name),
  };
}

function specOf(
  side: string,
  { name, dtype, shape }: TensorInfo,
  known: Readonly<Record<string, DType>>,
): TensorSpec {
  const typeName = dataTypeName(dtype);
  const type = Object.hasOwn(known, typeName) ? known[typeName] : undefined;
  if (type !== undefined) return { name, dtype: type, shape: shape ?? [] };
  const instead = Object.keys(known).join(', ');
  throw new Error(
    `its ${side} "${name}" is ${typeName}, which tfjs-node cannot carry; save the model with one of ${instead} there`,
  );
}
