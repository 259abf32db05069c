import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hostExecArgv, hostNodeOptions } from '../../src/isolation/exec-argv.js';
import { applicationPlaces, findHostFile } from '../../src/isolation/host-file.js';

const [, script = ''] = process.argv;
let folder = '';

function write(file: string): string {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, '{}');
  return target;
}

const from = (file: string) => pathToFileURL(path.join(folder, file)).href;

beforeAll(() => {
  // The runner's shim sets it, so that this very package would be found from everywhere.
  delete process.env.NODE_PATH;
  (Module as unknown as { _initPaths(): void })._initPaths();
});

beforeEach(() => {
  // The application's places: not those of the test runner, from which this very package is found.
  process.argv[1] = path.join(os.tmpdir(), 'warmset-no-such-app', 'main.js');
  folder = mkdtempSync(path.join(os.tmpdir(), 'warmset host file é-'));
});

afterEach(() => {
  process.argv[1] = script;
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

describe('the hosts’ entry file', () => {
  it.each([
    ['an entry point', 'dist/index.js'],
    ['a chunk beside the entry points', 'dist/chunk-ABC.js'],
    ['a chunk beside the file', 'dist/isolation/start-host.js'],
    ['the sources', 'src/isolation/host-file.ts'],
  ])('is found from %s', (_what, base) => {
    const file = write('dist/isolation/host-main.js');
    expect(findHostFile(undefined, from(base)).href).toBe(pathToFileURL(file).href);
  });

  it.each(['file:///nowhere/bundle.js', 'webpack://app/bundle.js', undefined])(
    'is found in the installed package from a bundle (%s)',
    (base) => {
      const file = write('node_modules/@warmset/registry/dist/isolation/host-main.js');
      write('node_modules/@warmset/registry/package.json');
      vi.spyOn(process, 'cwd').mockReturnValue(folder);
      // An explicit `undefined` would be replaced by the default.
      expect(findHostFile(undefined, base ?? '').href).toBe(pathToFileURL(file).href);
    },
  );

  it('may be configured, as a path, a URL or its text', () => {
    const file = write('elsewhere/host-main.js');
    const url = pathToFileURL(file);
    for (const configured of [file, url, url.href]) expect(findHostFile(configured).href).toBe(url.href);
  });

  it('is missed with what to configure', () => {
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    const missing = expect.objectContaining({
      code: 'ERR_MODEL_INVALID',
      hostMissing: true,
      retriable: false,
      message: expect.stringMatching(/isolation: \{ hostFile \}.*serverExternalPackages.*fallback: 'inline'/),
    });
    expect(() => findHostFile(path.join(folder, 'no.js'))).toThrow(missing);
    expect(() => findHostFile(undefined, from('bundle.js'))).toThrow(missing);
  });
});

describe('the application’s places', () => {
  it('are its script and its working folder', () => {
    expect(applicationPlaces().at(-1)).toBe(pathToFileURL(path.resolve('package.json')).href);
    for (const place of applicationPlaces()) expect(place).toMatch(/^file:/);
  });
});

describe('a host’s arguments', () => {
  it('are the server’s, less those for debuggers, tests, watching and code on the command line', () => {
    const given = [
      [
        '--import',
        'tsx',
        '--inspect=9229',
        '--inspect-port',
        '0',
        '--watch-path',
        './src',
        '--max-old-space-size=100',
      ],
      [
        '--eval',
        'console.log(1)',
        '-p',
        '1',
        '--test',
        '--test-name-pattern',
        'x',
        '--input-type=module',
        '-r',
        './a.cjs',
      ],
      ['--conditions=production', '--watch', '--enable-source-maps'],
    ].flat();
    expect(hostExecArgv(given)).toEqual([
      ...['--import', 'tsx', '--max-old-space-size=100', '-r', './a.cjs'],
      ...['--conditions=production', '--enable-source-maps'],
    ]);
    expect(hostNodeOptions('--inspect-brk=1 --max-old-space-size=5 --inspect')).toBe(
      '--max-old-space-size=5',
    );
    expect(hostNodeOptions(undefined)).toBeUndefined();
  });
});
