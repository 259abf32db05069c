import type { DType, ModelSignature, TensorSpec } from '@warmset/registry';
import type { GraphNode } from './model-json/graph-nodes.js';
import type { GraphModel, GraphTensorInfo } from './tensorflow.js';
import { dataTypeName, knownDType, tfjsDType } from './tf-dtypes.js';

/** A GraphModel's inputs and outputs, and what `execute` calls each. */
export interface GraphPorts {
  readonly signature: ModelSignature;
  /** In the order of the signature's. */
  readonly inputKeys: readonly string[];
  readonly outputKeys: readonly string[];
  /** Names of the inputs that take a tensor of any rank. */
  readonly unrankedInputs: readonly string[];
}

/** How a shape is shown whose number of dimensions is not known, for want of a better one. */
const UNRANKED: readonly number[] = [];

interface Port {
  readonly key: string;
  readonly info: GraphTensorInfo | undefined;
  readonly node: string;
  readonly shape: readonly number[] | undefined;
  readonly dtype: string | undefined;
}

/**
 * @param nodes the topology's nodes: where neither the signature nor the runtime tells an output's dtype, they do
 * @throws Error where an input or output is of a type that no tensor here can carry
 */
export function graphPorts(model: GraphModel, nodes: readonly GraphNode[]): GraphPorts {
  const { inputs: inputInfo = {}, outputs: outputInfo = {} } = model.modelSignature ?? {};
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const inputs = ports(inputInfo, model.inputNodes, model.inputs, byName)
    // The model fills in its own hash tables.
    .filter(({ info }) => info?.resourceId === undefined);
  const outputs = ports(outputInfo, model.outputNodes, model.outputs, byName);
  if (outputs.length === 0) throw new Error('its graph has no output');
  const inputSpecs = inputs.map((port, index) => ({
    name: names(inputs)[index] ?? port.key,
    dtype: inputDType(port),
    // The runtime compares an input with its placeholder, not with the signature.
    shape: port.shape ?? shapeOf(port.info) ?? UNRANKED,
  }));
  const outputNames = structuredNames(model.modelStructuredOutputKeys, outputs.length) ?? names(outputs);
  const outputSpecs = outputs.map((port, index) => ({
    name: outputNames[index] ?? port.key,
    dtype: outputDType(port, byName),
    shape: shapeOf(port.info) ?? port.shape ?? UNRANKED,
  }));
  return {
    signature: { inputs: inputSpecs, outputs: outputSpecs } satisfies {
      inputs: TensorSpec[];
      outputs: TensorSpec[];
    },
    inputKeys: inputs.map(({ key }) => key),
    outputKeys: outputs.map(({ key }) => key),
    unrankedInputs: inputSpecs.filter(({ shape }) => shape === UNRANKED).map(({ name }) => name),
  };
}

/**
 * A signature's keys, or without one the nodes that the runtime names. Its own names for a signature are one short where two
 * outputs come from one node.
 */
function ports(
  infos: Readonly<Record<string, GraphTensorInfo>>,
  runtimeKeys: readonly string[],
  runtimePorts: GraphModel['inputs'],
  nodes: ReadonlyMap<string, GraphNode>,
): Port[] {
  const signed = Object.entries(infos).map(([key, info]) => ({ key, info, node: nodeOf(info.name ?? key) }));
  const unsigned = runtimeKeys.map((key) => ({ key, info: undefined, node: nodeOf(key) }));
  return (signed.length > 0 ? signed : unsigned)
    .filter(({ node }) => nodes.has(node))
    .map(({ key, info, node }) => {
      const known = runtimePorts.find(({ name }) => name === node);
      return { key, info, node, shape: known?.shape, dtype: known?.dtype ?? undefined };
    });
}

/** `split` of its second output, `split:1`. */
function nodeOf(tensor: string): string {
  return tensor.replace(/:\d+$/, '');
}

/** Without the `:0` of a node's first output, where that leaves them different. */
function names(ports: readonly Port[]): string[] {
  const short = ports.map(({ key }) => key.replace(/:0$/, ''));
  return new Set(short).size === short.length ? short : ports.map(({ key }) => key);
}

/** The names that a Keras model's outputs had, which the converter keeps beside a signature of node names. */
function structuredNames(keys: unknown, count: number): string[] | undefined {
  const usable = Array.isArray(keys) && keys.length === count && new Set(keys).size === count;
  return usable && keys.every((key) => typeof key === 'string') ? keys : undefined;
}

function shapeOf(info: GraphTensorInfo | undefined): readonly number[] | undefined {
  const shape = info?.tensorShape;
  if (shape === undefined || shape === null || shape.unknownRank === true) return undefined;
  return (shape.dim ?? []).map(({ size }) => Number(size ?? 0));
}

function inputDType({ key, dtype, info }: Port): DType {
  const known =
    dtype !== undefined ? knownDType(dtype) : info?.dtype !== undefined ? tfjsDType(info.dtype) : undefined;
  if (known !== undefined) return known;
  throw new Error(
    `its input "${key}" is ${typeText(dtype, info)}, which TensorFlow.js has no tensor data for`,
  );
}

function outputDType(port: Port, nodes: ReadonlyMap<string, GraphNode>): DType {
  const { key, dtype, info, node } = port;
  if (info?.dtype === undefined) {
    // Before the runtime's word, which is the type of a comparison's inputs.
    return inferred(nodes.get(node)) ?? knownDType(dtype ?? '') ?? 'float32';
  }
  const known = tfjsDType(info.dtype);
  if (known !== undefined) return known;
  throw new Error(
    `its output "${key}" is ${typeText(dtype, info)}, which TensorFlow.js has no tensor data for`,
  );
}

function typeText(dtype: string | undefined, info: GraphTensorInfo | undefined): string {
  return info?.dtype !== undefined ? dataTypeName(info.dtype) : (dtype ?? 'of no known type');
}

const BOOLEAN_OPS =
  /^(Equal|NotEqual|Greater|GreaterEqual|Less|LessEqual|LogicalAnd|LogicalOr|LogicalNot|IsNan|IsInf|IsFinite)$/;
/** The attributes that give an op's output type, the most telling first; `T` is that of most ops' inputs and outputs. */
const TYPE_ATTRIBUTES = ['DstT', 'output_type', 'out_type', 'Tout', 'dtype', 'T'];

/** The dtype of a node's output, where the graph has no signature and the node tells. */
function inferred(node: GraphNode | undefined): DType | undefined {
  if (node === undefined) return undefined;
  if (BOOLEAN_OPS.test(node.op)) return 'bool';
  if (/^(Shape|ArgMax|ArgMin|Where|Size|Rank)$/.test(node.op)) return 'int32';
  const attribute = TYPE_ATTRIBUTES.find((name) => node.attr?.[name]?.type !== undefined);
  const type = attribute === undefined ? undefined : node.attr?.[attribute]?.type;
  return type === undefined ? undefined : tfjsDType(type);
}
