import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, afterEach, beforeAll } from 'vitest';

const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));
/** Within `dist`, which nothing looks at: what is built imports the package's dependencies. */
const folder = join(packageFolder, 'dist', `test-cli-${process.pid}`);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is under way. */
export class Running {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = once(child, 'close').then(([code]) => ({
      code: code as number | null,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
  }

  /** What stdout says that fits the pattern. @throws Error with all that was said where the command ends before */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stdout);
      if (found !== null) return found;
      const more = this.child.stdout === null ? this.ended : once(this.child.stdout, 'data');
      const outcome = await Promise.race([more, this.ended]);
      if (!Array.isArray(outcome) && pattern.exec(this.stdout) === null) {
        throw new Error(`It never said ${pattern}; it said: ${this.stdout}${this.stderr}`);
      }
    }
  }
}

/** The command as it is built from the sources of now, for the tests of a file; what they leave running is ended. */
export function builtCommand() {
  const running = new Set<Running>();
  beforeAll(async () => {
    await build({
      entry: { 'cli/main': join(packageFolder, 'src/cli/main.ts') },
      outDir: folder,
      config: false,
      format: 'esm',
      target: 'node20',
      splitting: true,
      silent: true,
      removeNodeProtocol: false,
      external: [/^[@a-z]/],
    });
  }, 60_000);
  afterEach(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    running.clear();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function start(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Running {
    const child = spawn(process.execPath, [join(folder, 'cli/main.js'), ...args], {
      cwd: options.cwd ?? packageFolder,
      // A port or a token of the developer's shell is not the tests'; pnpm's NODE_PATH shows packages that are not there.
      env: {
        ...process.env,
        NODE_PATH: undefined,
        PORT: undefined,
        WARMSET_ADMIN_TOKEN: undefined,
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const command = new Running(child);
    running.add(command);
    return command;
  }

  return {
    start,
    /** Runs it to its end. */
    run: (args: readonly string[], options?: Parameters<typeof start>[1]) => start(args, options).ended,
    /** Serves on a free port. @returns the command and where it listens */
    async serve(args: readonly string[], options?: Parameters<typeof start>[1]) {
      const command = start(['serve', ...args, '--port', '0'], options);
      const [, url = ''] = await command.says(/listening on (\S+?)(?:,|\n)/);
      return { command, url };
    },
  };
}
