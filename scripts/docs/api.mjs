/** The API reference, from the docstrings of the sources: one page for each thing that a user imports. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, TSConfigReader, TypeDocReader } from 'typedoc';
import { root } from '../lib/run.mjs';

const FOLDER = 'docs/api';

/** What a user imports, by its source and its page. The entry points themselves are in typedoc.json. */
const IMPORTS = [
  {
    source: 'registry/src',
    page: 'registry',
    specifier: '@warmset/registry',
    about: 'the registry, definitions, errors',
  },
  {
    source: 'registry/src/testing',
    page: 'registry-testing',
    specifier: '@warmset/registry/testing',
    about: 'fakes, and the suite that an adapter runs',
  },
  {
    source: 'registry/src/adapter',
    page: 'registry-adapter',
    specifier: '@warmset/registry/adapter',
    about: 'what an adapter is written with',
  },
  {
    source: 'adapters-onnx/src',
    page: 'adapters-onnx',
    specifier: '@warmset/adapters-onnx',
    about: 'ONNX models',
  },
  {
    source: 'adapters-tfjs/src',
    page: 'adapters-tfjs',
    specifier: '@warmset/adapters-tfjs',
    about: 'TensorFlow.js models',
  },
  {
    source: 'adapters-remote/src',
    page: 'adapters-remote',
    specifier: '@warmset/adapters-remote',
    about: 'models on other servers',
  },
  {
    source: 'open-inference/src',
    page: 'open-inference',
    specifier: '@warmset/open-inference',
    about: 'the Open Inference Protocol V2',
  },
  { source: 'server/src', page: 'server', specifier: '@warmset/server', about: 'a registry over HTTP' },
  {
    source: 'server/src/mounts/express',
    page: 'server-express',
    specifier: '@warmset/server/express',
    about: 'in Express',
  },
  {
    source: 'server/src/mounts/fastify',
    page: 'server-fastify',
    specifier: '@warmset/server/fastify',
    about: 'in Fastify',
  },
  {
    source: 'server/src/mounts/node',
    page: 'server-node',
    specifier: '@warmset/server/node',
    about: 'a server of its own',
  },
];

/** @returns {Promise<Map<string, string>>} contents by path from the root */
export async function apiPages() {
  const folder = mkdtempSync(join(tmpdir(), 'warmset-api-'));
  try {
    await writeMarkdown(folder);
    const pages = IMPORTS.map(({ page, specifier }) => {
      const text = readFileSync(join(folder, `${page}.md`), 'utf8');
      return [`${FOLDER}/${page}.md`, text.replace(`# ${page}\n`, `# ${specifier}\n`)];
    });
    return new Map([[`${FOLDER}/README.md`, index()], ...pages]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeMarkdown(folder) {
  const app = await Application.bootstrapWithPlugins({ options: root }, [
    new TypeDocReader(),
    new TSConfigReader(),
  ]);
  const project = await app.convert();
  if (project === undefined) throw new Error('typedoc could not read the sources');
  for (const module of project.children ?? []) {
    const known = IMPORTS.find(({ source }) => source === module.name);
    if (known === undefined) throw new Error(`${module.name} has no page; add it in scripts/docs/api.mjs`);
    module.name = known.page;
  }
  app.validate(project);
  // Not `generateOutputs`, which writes where typedoc.json says, whatever folder it is given.
  await app.outputs.writeOutput({ name: 'markdown', path: folder }, project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('typedoc is not content with the docstrings: see above');
}

function index() {
  const rows = IMPORTS.map(({ page, specifier, about }) => `| [\`${specifier}\`](${page}.md) | ${about} |`);
  return `# API reference

Generated from the docstrings by \`node scripts/docs.mjs\`; do not edit. What the parts are for is in [concepts](../concepts.md).

| import | has |
|---|---|
${rows.join('\n')}
`;
}
