import { messageOf } from '@warmset/registry/adapter';
import type { Logger } from '../logger.js';

export type Api = typeof import('@opentelemetry/api');

/** The application's own copy of the API, which its SDK has registered with; `undefined` where it has none. */
export async function importApi(logger: Logger): Promise<Api | undefined> {
  try {
    // At run time only: a bundler would fail to find what need not be there.
    return await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ '@opentelemetry/api');
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException | null)?.code === 'ERR_MODULE_NOT_FOUND';
    if (!isAbsent) logger.warn({ err: error }, `@opentelemetry/api does not start: ${messageOf(error)}`);
    return undefined;
  }
}
