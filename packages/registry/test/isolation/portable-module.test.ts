import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importDefinition } from '../../src/isolation/portable-module.js';

const FACTORY = 'export const make = (options) => ({ load: () => options });\n';
let root: string;
let app: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'warmset portable '));
  app = join(root, 'server.mjs');
  write('server.mjs', FACTORY);
  write('my models (1)/own.mjs', FACTORY);
  write('node_modules/an-adapter/package.json', '{ "type": "module", "exports": "./index.js" }');
  write('node_modules/an-adapter/index.js', FACTORY);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), content);
}

const imported = (module: string) =>
  importDefinition('m', {
    module,
    export: 'make',
    options: 42,
    from: [pathToFileURL(app).href, pathToFileURL(join(root, 'package.json')).href],
  });

describe('the module of a portable definition', () => {
  it('may be a path or a file URL, with spaces in it', async () => {
    const file = join(root, 'my models (1)/own.mjs');
    for (const module of [file, pathToFileURL(file).href]) {
      expect(await imported(module)).toHaveProperty('load');
    }
  });

  it('may be a package of the application', async () => {
    expect(await imported('an-adapter')).toHaveProperty('load');
  });

  it.each([
    ['a package that is not installed', 'no-such-adapter'],
    ['a drive that is not there', 'file:///C:/My%20App/node_modules/an-adapter/index.js'],
  ])('is refused as missing where it is %s', async (_, module) => {
    await expect(imported(module)).rejects.toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message: expect.stringContaining(`was not found: "${module}"`),
    });
  });

  it('is refused where it is the application itself, which a host would start again', async () => {
    await expect(imported(pathToFileURL(app).href)).rejects.toMatchObject({
      code: 'ERR_MODEL_INVALID',
      message: expect.stringContaining('Move "make" into a file of its own'),
    });
  });
});
