import type { LoadContext, ModelDefinition, RunContext } from '../definition.js';
import type { ModelSignature } from '../tensor.js';

/** Where a model's code runs: on the server's own thread, in a thread, in a process of its own. */
export type IsolationKind = 'inline' | 'thread' | 'process';

/** A model in a host, ready to run. */
export interface LoadedModel {
  /** What `use` and `acquire` hand out. */
  readonly model: unknown;
  /** What it holds; `undefined` where nobody knows. */
  readonly bytes: number | undefined;
  /** How `bytes` is known. Default `runtime`. */
  readonly source?: 'process' | 'runtime' | 'rss';
  /** What it holds by now, where its host has measured that again after runs. */
  heldBytes?(): number | undefined;
  /** What its host takes besides, where the host is the model's own and ends with it. */
  readonly hostBytes?: number;
  /** What the runtime itself says, where `bytes` is another figure. */
  readonly runtimeBytes?: number | undefined;
  /** What it holds for certain, where the runtime counts only a part: a smaller measurement is wrong. */
  readonly atLeastBytes?: number;
  readonly signature: ModelSignature | undefined;
  readonly runtime: string | undefined;
  /** Where it lives. Default `inline`. */
  readonly isolation?: IsolationKind;
  run(input: unknown, context: RunContext): unknown;
  /** Gives everything back; resolves with the bytes that came back, where the host measures them. */
  dispose(): unknown;
}

/** Where models are loaded and run. */
export interface Host {
  readonly kind: IsolationKind;
  /**
   * Loads, warms up and measures. Where it fails, nothing of the model is left.
   *
   * @param undisposed told why, where a model that failed after its loader could not be disposed of
   */
  load(
    definition: ModelDefinition,
    context: LoadContext,
    undisposed: (cause: unknown) => void,
  ): Promise<LoadedModel>;
}

/** A host outside the server's own thread. All sizes in bytes of memory that nobody shares with it. */
export interface RemoteHost extends Host {
  readonly kind: 'thread' | 'process';
  readonly pid: number;
  readonly threadId?: number;
  /** What it held after its start, before any model; 0 where that cannot be told. */
  readonly ownBytes: number;
  /** What it held when it was last measured: after its start, each load and dispose, and some runs. 0 where that cannot be told. */
  readonly bytes: number;
  /** Requests that it has not answered. */
  readonly inFlight: number;
  /** Runs that it has answered. */
  readonly runs: number;
  /** A quarantined thread hangs in a native call and cannot be stopped without taking the server with it. */
  readonly state: 'up' | 'quarantined' | 'down';
  /** Ends it: politely, then with SIGTERM, then with SIGKILL. A thread with a call in flight is quarantined instead. */
  end(): Promise<'ended' | 'quarantined'>;
  /** Ends a process at once; quarantines a thread. */
  kill(why: string): void;
  /** Called where it has measured itself again after runs. */
  onMeasured: (() => void) | undefined;
  /** Called once, where it goes down or into quarantine without having been asked to end. */
  onDown: ((why: string) => void) | undefined;
  /** Resolves when it is gone: also after a quarantine, which a thread leaves when its call returns. */
  readonly gone: Promise<void>;
  measure(): Promise<number>;
}
