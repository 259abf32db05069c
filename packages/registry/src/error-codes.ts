/** What a code means and what to do about it. The errors reference in `docs/` is generated from this table. */
interface CodeEntry {
  readonly when: string;
  readonly remedy: string;
}

/** Every code a {@link WarmsetError} can carry. A code is stable; a message is not. */
export const ERROR_CODES = {
  ERR_MODEL_NOT_FOUND: {
    when: 'No model of that name is registered, or it was unregistered while the caller waited.',
    remedy: 'Check the name against `registry.snapshot().models`.',
  },
  ERR_MODEL_EXISTS: {
    when: 'The name is taken.',
    remedy: 'Choose another name, or pass `{ replace: true }` to swap the new definition in.',
  },
  ERR_MODEL_INVALID: {
    when: 'The definition, the name or an option is not usable.',
    remedy: 'The message names the option, what came and what would be right.',
  },
  ERR_LOAD_FAILED: {
    when: 'The loader failed (`cause` is its error), or the model is cooling down after it did.',
    remedy: 'Read `cause`. Requests are refused for `retryAfterMs`; `load(name)` tries at once.',
  },
  ERR_LOAD_TIMEOUT: {
    when: 'The load ran past its limit, counted from its start, not from its queueing.',
    remedy:
      'Raise `load.timeoutMs` or the definition’s `loadTimeoutMs`, or find out what the loader waits for.',
  },
  ERR_MODEL_TOO_LARGE: {
    when: 'The model’s estimate exceeds the whole budget: it can never fit.',
    remedy: 'Raise `memory.budgetBytes`, or serve a smaller variant of the model.',
  },
  ERR_MEMORY_BUDGET: {
    when: 'No room could be made within the wait: what is loaded is in use or pinned.',
    remedy: 'Retry after `retryAfterMs`, raise the budget, or pin less. No failure is remembered.',
  },
  ERR_QUEUE_FULL: {
    when: 'The model’s queue (`maxQueue`) is full; decided at once.',
    remedy: 'Retry after `retryAfterMs`, where it is known, or raise `maxQueue` or `maxConcurrency`.',
  },
  ERR_TIMEOUT: {
    when: 'The caller’s own limit passed. Work that others wait for goes on.',
    remedy: 'Raise the call’s `timeoutMs`, or preload the model.',
  },
  ERR_MODEL_CRASHED: {
    when: 'The host that held the model died.',
    remedy: 'Send the request again: it loads the model anew.',
  },
  ERR_RUN_FAILED: {
    when: 'The runtime failed while running (`cause` is its error).',
    remedy: 'Read `cause`. The model stays loaded.',
  },
  ERR_INPUT_INVALID: {
    when: 'An input’s name, dtype, shape, length or schema does not match.',
    remedy: 'The message says which input, what was expected and what came. The model stays usable.',
  },
  ERR_RUNTIME_MISSING: {
    when: 'The package that runs this kind of model is not installed.',
    remedy: 'Run the install command in the message.',
  },
  ERR_REGISTRY_CLOSED: {
    when: 'The registry has been closed, or is closing.',
    remedy: 'Stop sending requests before `close()`, or make a new registry.',
  },
} as const satisfies Record<`ERR_${string}`, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
