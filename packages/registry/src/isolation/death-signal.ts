import { execFile } from 'node:child_process';

/** What is put before a command so that the kernel kills it when the thread that started it ends. */
const SETPRIV = ['setpriv', '--pdeathsig', 'KILL'] as const;

let tried: Promise<readonly string[]> | undefined;

/**
 * A host notices the end of its parent by its closed channel, but not while it loops or sits in a native call. On Linux
 * util-linux's setpriv has the kernel end it even then. Empty where that does not work: other systems, Alpine's
 * BusyBox. Tried once.
 */
export function deathSignalPrefix(): Promise<readonly string[]> {
  tried ??= process.platform === 'linux' ? trySetpriv() : Promise.resolve([]);
  return tried;
}

function trySetpriv(): Promise<readonly string[]> {
  const [command, ...args] = SETPRIV;
  return new Promise((resolve) => {
    execFile(command, [...args, 'true'], { timeout: 2_000 }, (error) =>
      resolve(error === null ? SETPRIV : []),
    );
  });
}
