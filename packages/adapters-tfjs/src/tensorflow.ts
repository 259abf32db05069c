import type { DType } from '@warmset/registry';

type AnyFunction = (...args: never[]) => unknown;

const FUNCTIONS = [
  'ready',
  'getBackend',
  'engine',
  'env',
  'tensor',
  'tidy',
  'keep',
  'loadLayersModel',
  'loadGraphModelSync',
] as const;

/** What a TensorFlow.js that is handed in as `runtime` must have; `import * as tf from '@tensorflow/tfjs'` has it. */
export type TensorFlowNamespace = Readonly<Record<(typeof FUNCTIONS)[number], AnyFunction>>;

/** The same of `@tensorflow/tfjs-node`. */
export type TensorFlowNodeNamespace = TensorFlowNamespace & {
  readonly node: { readonly loadSavedModel: AnyFunction };
};

export function isTensorFlow(value: unknown): value is TensorFlowNamespace {
  if (typeof value !== 'object' || value === null) return false;
  return FUNCTIONS.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
}

export function isTensorFlowNode(value: unknown): value is TensorFlowNodeNamespace {
  return isTensorFlow(value) && typeof (value as TensorFlow).node?.loadSavedModel === 'function';
}

// From here on: the part of TensorFlow.js 4 that the adapter calls, by structure, so that neither its users nor its own
// declaration files need TensorFlow.js's types. test/types.test.ts holds it against them.

type TfData = Float32Array | Int32Array | Uint8Array | BigInt64Array | string[];

export interface TfTensor {
  readonly dtype: string;
  readonly shape: number[];
  readonly size: number;
  readonly isDisposed: boolean;
  dataSync(): TfData;
  dispose(): void;
}

interface TfEngine {
  startScope(name?: string): void;
  endScope(): void;
  readonly state: { readonly activeScope: { track: TfTensor[] } };
  /** Variables by name: the weights of every LayersModel in the process. */
  readonly registeredVariables: Record<string, { dispose(): void }>;
}

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool' | 'string' | 'complex64';
  readonly group?: string;
  readonly quantization?: { readonly dtype: 'uint8' | 'uint16' | 'float16'; scale?: number; min?: number };
}

/** A model as an `IOHandler` hands it over. */
export interface ModelArtifacts {
  readonly modelTopology: object;
  readonly format?: string;
  readonly weightSpecs: readonly WeightSpec[];
  readonly weightData: ArrayBuffer | ArrayBuffer[];
  readonly signature?: GraphSignature;
  readonly userDefinedMetadata?: {
    readonly signature?: GraphSignature;
    readonly structuredOutputKeys?: unknown;
  };
  readonly modelInitializer?: object;
  readonly initializerSignature?: GraphSignature;
}

export interface GraphTensorInfo {
  readonly name?: string;
  readonly dtype?: string | number;
  readonly tensorShape?: {
    readonly dim?: readonly { readonly size?: string | number }[];
    readonly unknownRank?: boolean;
  };
  /** Of a hash table that the model itself fills in. */
  readonly resourceId?: number;
}

export interface GraphSignature {
  readonly inputs?: Readonly<Record<string, GraphTensorInfo>>;
  readonly outputs?: Readonly<Record<string, GraphTensorInfo>>;
}

interface SymbolicTensor {
  readonly shape: readonly (number | null)[];
  readonly dtype: string;
  readonly sourceLayer: { readonly name: string };
}

export interface LayersModel {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly SymbolicTensor[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
  }[];
  predict(inputs: TfTensor[], options: { batchSize: number }): TfTensor | TfTensor[];
  dispose(): unknown;
}

interface GraphPort {
  readonly name: string;
  readonly shape?: readonly number[];
  readonly dtype?: string;
}

export interface GraphModel {
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  /** What `execute` calls the inputs and outputs: the signature's keys, else the nodes. */
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  readonly weights: Readonly<Record<string, readonly TfTensor[]>>;
  readonly modelSignature?: GraphSignature;
  readonly modelStructuredOutputKeys?: unknown;
  execute(inputs: Record<string, TfTensor>, outputs: string[]): TfTensor | TfTensor[];
  executeAsync(inputs: Record<string, TfTensor>, outputs: string[]): Promise<TfTensor | TfTensor[]>;
  dispose(): void;
}

export interface TfSavedModel {
  predict(inputs: Record<string, TfTensor>): Record<string, TfTensor>;
  dispose(): void;
}

/** A kernel's tensors are a runtime's own: the ops here are called with what the kernel was given. */
export interface Kernel {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (call: {
    inputs: Record<string, TfTensor>;
    attrs: Record<string, unknown>;
  }) => unknown;
}

export interface TensorFlow {
  readonly version?: Readonly<Record<string, string>>;
  ready(): Promise<void>;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  engine(): TfEngine;
  env(): { getNumber(flag: string): number; set(flag: string, value: number): void };
  tensor(values: TfData, shape: number[], dtype: DType): TfTensor;
  /** Disposes of what `work` makes, save for what it returns or keeps. */
  tidy(work: () => unknown): unknown;
  keep(tensor: TfTensor): TfTensor;
  loadLayersModel(handler: { load(): Promise<ModelArtifacts> }): Promise<LayersModel>;
  loadGraphModelSync(handler: { load(): ModelArtifacts }): GraphModel;
  readonly node?: { loadSavedModel(path: string, tags: string[], signature: string): Promise<TfSavedModel> };

  getKernel(name: string, backend: string): Kernel | undefined;
  registerKernel(kernel: Kernel): void;
  unregisterKernel(name: string, backend: string): void;
  add(a: TfTensor, b: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  sum(x: TfTensor, axes: number[]): TfTensor;
  transpose(x: TfTensor, order: number[]): TfTensor;
  readonly backend_util: {
    applyActivation(x: TfTensor, activation: unknown, weights: unknown, alpha: unknown): TfTensor;
  };
}
