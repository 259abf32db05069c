import { messageOf, WarmsetError } from './errors.js';

export interface PeerImport {
  /** The package, e.g. `onnxruntime-node`. */
  readonly package: string;
  /** What a user types to get it. */
  readonly install: string;
  readonly modelName: string;
}

/**
 * Imports an optional peer on first need.
 *
 * @throws WarmsetError `ERR_RUNTIME_MISSING`, with the install command, where the package is not there;
 * `ERR_LOAD_FAILED` where it is there and does not start.
 */
export async function importPeer<T>(load: () => Promise<T>, peer: PeerImport): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (isMissing(cause, peer.package)) {
      throw new WarmsetError(
        'ERR_RUNTIME_MISSING',
        `Model "${peer.modelName}" needs ${peer.package}, which is not installed. Run: ${peer.install}`,
        { modelName: peer.modelName, cause, retriable: false },
      );
    }
    throw new WarmsetError(
      'ERR_LOAD_FAILED',
      `${peer.package} is installed but does not start: ${messageOf(cause)}`,
      {
        modelName: peer.modelName,
        cause,
        retriable: false,
      },
    );
  }
}

function isMissing(thrown: unknown, packageName: string): boolean {
  const code = (thrown as { code?: unknown } | null)?.code;
  return (
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') &&
    messageOf(thrown).includes(packageName)
  );
}
