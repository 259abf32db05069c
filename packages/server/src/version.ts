// Taken in when the package is built, so that nothing is looked for at run time, in whatever the user bundles.
import manifest from '../package.json' with { type: 'json' };

/** Of this package, as `GET /v2` tells it. */
export const PACKAGE_VERSION: string = manifest.version;
