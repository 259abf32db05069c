/**
 * A registry's face over HTTP.
 * @module
 */
export { defineConfig, type ModelFile, type WarmsetConfig } from './cli/config/define.js';
export { createHandler, type Handler } from './handler.js';
export type { Logger } from './logger.js';
export type {
  AdminOptions,
  CorsOptions,
  EventOptions,
  LimitOptions,
  MetricsOptions,
  RouteGroup,
  ServerOptions,
} from './options.js';
