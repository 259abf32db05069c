import type { Settings } from '../options.js';
import { PACKAGE_VERSION } from '../version.js';
import { modelPaths } from './model-paths.js';
import type { PathItem, Paths } from './parts.js';
import { v2Paths } from './v2-paths.js';
import { v2Schemas } from './v2-schemas.js';
import { warmsetSchemas } from './warmset-schemas.js';
import { watchPaths } from './watch-paths.js';

/** [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.0) of the routes that are switched on. */
export function openApiDocument({ routes, basePath, name, admin }: Settings): object {
  const paths: Paths = {
    ...(routes.v2 && v2Paths),
    ...(routes.models && modelPaths),
    ...(routes.health && watchPaths.health),
    ...(routes.probes && watchPaths.probes),
    ...(routes.metrics && watchPaths.metrics),
    ...(routes.events && watchPaths.events),
    ...(routes.dashboard && watchPaths.dashboard),
    ...(routes.openapi && watchPaths.openapi),
  };
  return {
    openapi: '3.1.0',
    info: {
      title: name,
      version: PACKAGE_VERSION,
      summary: 'Models that are loaded on first use.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, withoutAdmin(item)])),
    components: {
      schemas: { ...v2Schemas, ...warmsetSchemas },
      ...(admin !== undefined && {
        securitySchemes: {
          admin: { type: 'http', scheme: 'bearer', description: 'The `admin.token` of the server.' },
        },
      }),
    },
  };

  /** Where there is no admin, there is no scheme that an operation could name. */
  function withoutAdmin(item: PathItem): PathItem {
    if (admin !== undefined) return item;
    return Object.fromEntries(
      Object.entries(item).map(([verb, { security: _security, ...operation }]) => [verb, operation]),
    ) as PathItem;
  }
}
