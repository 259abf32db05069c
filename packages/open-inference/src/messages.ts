import type { Datatype } from './datatypes.js';

/** Parameters of a request, a tensor or an answer: the protocol names some, a server may know more. */
export type Parameters = Readonly<Record<string, unknown>>;

/** An input or output of a model; −1 is a free dimension. */
export interface MetadataTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** A tensor in a request or an answer: with `data`, or with `parameters.binary_data_size` and its bytes after the JSON. */
export interface WireTensor extends MetadataTensor {
  readonly parameters?: Parameters;
  /** Row-major, flat or nested as the shape is. */
  readonly data?: readonly unknown[];
}

/** An output that a request asks for. */
export interface RequestedOutput {
  readonly name: string;
  readonly parameters?: Parameters;
}

/** The JSON of `POST …/infer`. */
export interface InferRequest {
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly inputs: readonly WireTensor[];
  /** Left out: all of them. */
  readonly outputs?: readonly RequestedOutput[];
}

/** The JSON of its answer. */
export interface InferResponse {
  readonly model_name: string;
  readonly model_version?: string;
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly outputs: readonly WireTensor[];
}

/** `GET /v2`. */
export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

/** `GET /v2/models/{name}[/versions/{version}]`. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions?: readonly string[];
  /** E.g. `onnx_onnxv1`, `tensorflow_savedmodel`. */
  readonly platform: string;
  readonly inputs: readonly MetadataTensor[];
  readonly outputs: readonly MetadataTensor[];
  readonly properties?: Readonly<Record<string, string>>;
}

/** `GET /v2/models/{name}[/versions/{version}]/ready`. */
export interface ModelReady {
  readonly name: string;
  readonly ready: boolean;
}

/** `GET /v2/health/live` and, for those that read a body, `GET /v2/health/ready`. */
export interface ServerLive {
  readonly live: boolean;
}

/** As {@link ServerLive}, of `GET /v2/health/ready`. */
export interface ServerReady {
  readonly ready: boolean;
}

/** A model's state in {@link RepositoryIndex}. */
export type RepositoryState = 'UNKNOWN' | 'READY' | 'UNAVAILABLE' | 'LOADING' | 'UNLOADING';

/** `POST /v2/repository/index`. */
export type RepositoryIndex = readonly RepositoryIndexEntry[];

export interface RepositoryIndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state: RepositoryState;
  readonly reason: string;
}

/** The JSON of `POST /v2/repository/index`. */
export interface RepositoryIndexRequest {
  /** Only those that are ready. */
  readonly ready?: boolean;
}

/** How often, and nanoseconds altogether. */
export interface StatisticDuration {
  readonly count: number;
  readonly ns: number;
}

/** Triton's statistics extension. */
export interface InferStatistics {
  readonly success: StatisticDuration;
  readonly fail: StatisticDuration;
  readonly queue: StatisticDuration;
  readonly compute_input: StatisticDuration;
  readonly compute_infer: StatisticDuration;
  readonly compute_output: StatisticDuration;
}

export interface MemoryUsage {
  /** `CPU`, `CPU_PINNED` or `GPU`. */
  readonly type: string;
  readonly id: number;
  readonly byte_size: number;
}

export interface ModelStatistics {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since the epoch; 0 where there was none. */
  readonly last_inference: number;
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: InferStatistics;
  readonly memory_usage?: readonly MemoryUsage[];
}

/** `GET /v2/models[/{name}[/versions/{version}]]/stats`. */
export interface Statistics {
  readonly model_stats: readonly ModelStatistics[];
}

/** What every call answers that failed. */
export interface ErrorBody {
  readonly error: string;
}
