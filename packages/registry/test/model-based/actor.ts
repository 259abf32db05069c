import type { Lease, ModelRegistry } from '@warmset/registry';
import { fakeDefinition } from './fake-definition.js';
import { openRegistry } from './open.js';
import type { CallScript, Operation } from './operations.js';
import { type ModelScript, NAMES, type RegistryScript } from './scripts.js';
import { Tracker, UserError } from './tracker.js';
import { type Copy, type LoadLimits, type Owner, World } from './world.js';

const LOADING = [
  'ERR_MODEL_NOT_FOUND',
  'ERR_REGISTRY_CLOSED',
  'ERR_LOAD_FAILED',
  'ERR_LOAD_TIMEOUT',
  'ERR_MODEL_TOO_LARGE',
  'ERR_MEMORY_BUDGET',
  'ERR_TIMEOUT',
];
const LEASING = [...LOADING, 'ERR_QUEUE_FULL'];
const GONE = ['ERR_MODEL_NOT_FOUND', 'ERR_REGISTRY_CLOSED'];
/** What `close()` takes where it is given nothing. */
const CLOSE_LIMIT_MS = 30_000;

/** Makes the calls, and sees to it that each gets a result or an error of a kind that it may get. */
export class Actor {
  readonly world = new World();
  readonly registry: ModelRegistry;
  readonly owners = new Map<string, Owner>();
  readonly tracker = new Tracker(this.world);
  readonly signals: AbortController[] = [];
  /** Names with a call under way that takes their copy away or replaces it. */
  readonly busy = new Map<string, number>();
  /** The state of each name, and since when, as the events tell it. */
  readonly states = new Map<
    string,
    { readonly owner: unknown; readonly state: string; readonly since: number }
  >();
  readonly held: { readonly lease: Lease; readonly copy: Copy }[] = [];
  closed: Promise<void> | undefined;
  readonly #limits: LoadLimits;

  constructor(script: RegistryScript) {
    this.#limits = script;
    this.registry = openRegistry(script, this.world.registryTimers);
    for (const [index, model] of script.models.entries())
      this.#register(NAMES[index] as string, model, false);
  }

  perform(operation: Operation): void {
    const { registry } = this;
    switch (operation.op) {
      case 'run':
        return this.#called(operation, operation.call, [...LEASING, 'ERR_RUN_FAILED'], (options) =>
          this.#run(operation, options),
        );
      case 'use':
        return this.#called(operation, operation.call, LEASING, (options) =>
          registry.use(operation.name, (copy, lease) => this.#use(operation, copy as Copy, lease), options),
        );
      case 'acquire':
        return this.#called(operation, operation.call, LEASING, async (options) =>
          this.#hold(await registry.acquire(operation.name, options)),
        );
      case 'load':
        return this.#called(operation, operation.call, LOADING, (options) =>
          registry.load(operation.name, options),
        );
      case 'tryAcquire':
        return this.tracker.attempt(operation, GONE, () => this.#hold(registry.tryAcquire(operation.name)));
      case 'release':
        return this.release(operation.pick, operation.twice);
      case 'preload':
        return this.tracker.track(
          operation,
          GONE,
          registry.preload(operation.names, pick(operation, 'concurrency')),
        );
      case 'evict':
        return this.#transition(operation, GONE, () =>
          registry.evict(operation.name, pick(operation, 'timeoutMs', 'force')),
        );
      case 'evictAll':
        return this.#transition(operation, GONE, () =>
          registry.evictAll(pick(operation, 'timeoutMs', 'force')),
        );
      case 'reload':
        return this.#transition(operation, LOADING, () =>
          registry.reload(operation.name, pick(operation, 'freeFirst')),
        );
      case 'unregister':
        return this.#transition(operation, ['ERR_TIMEOUT', ...GONE], () =>
          registry.unregister(operation.name, pick(operation, 'timeoutMs')),
        );
      case 'register':
        return this.tracker.attempt(operation, ['ERR_MODEL_EXISTS', 'ERR_REGISTRY_CLOSED'], () =>
          this.#register(operation.name, operation.script, operation.replace),
        );
      case 'abort':
        return this.#abort(operation.pick);
      case 'look':
        JSON.stringify([registry.snapshot(), registry.isReady(), registry.isHealthy()]);
        return;
      case 'close':
        return this.close(operation.timeoutMs);
      case 'advance':
        return;
      default:
        operation satisfies never;
    }
  }

  release(pick: number, twice = false): void {
    const [held] = this.held.splice(pick % Math.max(1, this.held.length), 1);
    if (held === undefined) return;
    this.world.left(held.copy, 'a lease');
    held.lease.release();
    if (twice) held.lease.release();
  }

  close(timeoutMs: number | undefined): void {
    this.world.closeLimitAt ??= this.world.clock.now() + (timeoutMs ?? CLOSE_LIMIT_MS);
    const closed = this.registry.close(timeoutMs === undefined ? {} : { timeoutMs });
    if (this.closed !== undefined && closed !== this.closed)
      this.world.violated('a second close is another promise');
    this.closed ??= closed;
    this.tracker.track({ op: 'close', timeoutMs }, [], closed);
  }

  #called(
    operation: Operation,
    call: CallScript,
    allowed: readonly string[],
    make: (options: object | undefined) => Promise<unknown>,
  ): void {
    const { timeoutMs, priority, keepAliveMs, aborts } = call;
    const controller = aborts ? new AbortController() : undefined;
    if (controller !== undefined) this.signals.push(controller);
    const options = {
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(priority !== undefined && { priority }),
      ...(keepAliveMs !== undefined && { keepAliveMs }),
      ...(controller !== undefined && { signal: controller.signal }),
    };
    const given = Object.keys(options).length === 0 ? undefined : options;
    this.tracker.track(operation, allowed, make(given), controller?.signal);
  }

  async #run({ name, ms, fails }: Extract<Operation, { op: 'run' }>, options?: object): Promise<void> {
    const copy = (await this.registry.run(name, { ms, fails }, options)) as Copy;
    if (copy.call.owner.name !== name) this.world.violated(`${copy.call.owner.name} answered for ${name}`);
  }

  async #use(operation: Extract<Operation, { op: 'use' }>, copy: Copy, lease: Lease): Promise<void> {
    this.world.entered(copy, 'a use');
    await this.world.pause(operation.ms);
    this.world.left(copy, 'a use');
    if (operation.ending === 'throws') throw new UserError();
    if (operation.ending === 'returns') return;
    lease.release();
    await this.world.pause(5);
  }

  #hold(lease: Lease | undefined): void {
    if (lease === undefined) return;
    const copy = lease.model as Copy;
    this.world.entered(copy, 'a lease');
    this.held.push({ lease, copy });
  }

  #abort(pick: number): void {
    const waiting = this.signals.filter(({ signal }) => !signal.aborted);
    waiting[pick % Math.max(1, waiting.length)]?.abort(new Error('the caller left'));
  }

  #register(name: string, script: ModelScript, replace: boolean): void {
    const isKnown = this.registry.snapshot().models.some((model) => model.name === name);
    const known = isKnown ? this.owners.get(name) : undefined;
    const owner = known ?? { name, swaps: 0 };
    this.registry.register(name, fakeDefinition(this.world, owner, script, this.#limits), { replace });
    this.owners.set(name, owner);
    // Nobody is told when the new definition has taken over, so there may be two copies from here on.
    if (known !== undefined) owner.swaps += 1;
  }

  #transition(operation: Operation, allowed: readonly string[], make: () => Promise<unknown>): void {
    const names = 'name' in operation ? [operation.name] : NAMES;
    const owners = names.flatMap((name) => this.owners.get(name) ?? []);
    const count = (by: number) => {
      for (const name of names) this.busy.set(name, (this.busy.get(name) ?? 0) + by);
      if (operation.op === 'reload') for (const owner of owners) owner.swaps += by;
    };
    count(1);
    this.tracker.track(
      operation,
      allowed,
      make().finally(() => count(-1)),
    );
  }
}

/** The given options of an operation, without those that it leaves out. */
function pick<O extends Operation>(operation: O, ...keys: string[]): object {
  return Object.fromEntries(
    Object.entries(operation).filter(([key, value]) => keys.includes(key) && value !== undefined),
  );
}
