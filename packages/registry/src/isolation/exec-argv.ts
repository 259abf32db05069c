/** Of the server's own run, not of its hosts: debuggers, tests, watching, code on the command line. */
const NOT_FOR_HOSTS =
  /^(?:--inspect|--debug-port|--eval|--print|--test|--experimental-test|--watch|--check|--interactive|--input-type|--build-snapshot|--run$|-e$|-p$|-pe$|-c$|-i$)/;

/** Node's own arguments, as a host may inherit them. */
export function hostExecArgv(execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  let dropping = false;
  for (const argument of execArgv) {
    // What does not start with a dash is the value of the option before it.
    if (argument.startsWith('-')) dropping = NOT_FOR_HOSTS.test(argument);
    if (!dropping) kept.push(argument);
  }
  return kept;
}

/** `NODE_OPTIONS` without a debugger: its port is taken by the server. */
export function hostNodeOptions(options: string | undefined): string | undefined {
  return options?.replace(/(?<=^|\s)--inspect(?:-\w+)*(?:=\S+)?/g, '').trim();
}
