import type { ErrorCode, WarmsetError } from '@warmset/registry';

/** What is said instead of a message that may name files, hosts or what a runtime thought. */
const WITHHELD: Partial<Record<ErrorCode, string>> = {
  ERR_LOAD_FAILED: 'could not be loaded',
  ERR_MODEL_CRASHED: 'was lost: its host ended; the next request loads it anew',
  ERR_RUN_FAILED: 'failed while running',
  ERR_RUNTIME_MISSING: 'cannot be loaded: its runtime is not installed on the server',
  ERR_MODEL_INVALID: 'cannot be used this way',
};

/** The message where it is the registry's own about a request, else one that tells a stranger nothing of the server. */
export function safeText(error: Pick<WarmsetError, 'code' | 'message' | 'modelName' | 'cause'>): string {
  const { code, message, modelName, cause } = error;
  if (code === 'ERR_INPUT_INVALID' && cause instanceof Error) {
    return `${subject(modelName)}: the input could not be encoded.`;
  }
  const withheld = WITHHELD[code];
  return withheld === undefined ? message : `${subject(modelName)} ${withheld}. The server's log says more.`;
}

/** As {@link safeText}, of the failure in a model's status. */
export function safeFailure(modelName: string, error: { code: string; message: string }): string {
  return safeText({ code: error.code as ErrorCode, message: error.message, modelName, cause: undefined });
}

function subject(modelName: string | undefined): string {
  return modelName === undefined ? 'The model' : `Model "${modelName}"`;
}
