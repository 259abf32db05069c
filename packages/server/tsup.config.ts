import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const UPLOT_LICENCE = 'node_modules/uplot/LICENSE';

/** What would end the element of the page that a text stands in. */
const ENDS_ELEMENT = /<\/(?:script|style)|<!--/i;

/**
 * `bundle:./file` is a file's text as the dashboard's page has it: a script or a style with all that it imports, minified;
 * markup as it is.
 */
const bundledText: Plugin = {
  name: 'bundled-text',
  setup({ esbuild, onResolve, onLoad }) {
    onResolve({ filter: /^bundle:/ }, ({ path, resolveDir }) => ({
      // From the package's folder, where tsup runs; the mark at its end keeps tsup's own plugin for styles off it.
      path: `${relative('.', join(resolveDir, path.slice('bundle:'.length)))}?`,
      namespace: 'bundled-text',
    }));
    onLoad({ filter: /\.html\?$/, namespace: 'bundled-text' }, ({ path }) => ({
      contents: readFileSync(path.slice(0, -1), 'utf8'),
      loader: 'text',
    }));
    onLoad({ filter: /\.(?:ts|css)\?$/, namespace: 'bundled-text' }, async ({ path: marked }) => {
      const path = marked.slice(0, -1);
      const { outputFiles } = await esbuild.build({
        entryPoints: [path],
        bundle: true,
        write: false,
        minify: true,
        format: 'esm',
        platform: 'browser',
        target: ['chrome123', 'firefox120', 'safari17.5'],
        charset: 'utf8',
        // uPlot's licence asks to go with every copy.
        banner: {
          [path.endsWith('.ts') ? 'js' : 'css']: `/*! uPlot\n${readFileSync(UPLOT_LICENCE, 'utf8')}*/`,
        },
      });
      const contents = outputFiles[0]?.text ?? '';
      if (ENDS_ELEMENT.test(contents)) throw new Error(`${path} cannot stand inside the page's markup.`);
      return { contents, loader: 'text' };
    });
  },
};

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    express: 'src/mounts/express.ts',
    fastify: 'src/mounts/fastify.ts',
    node: 'src/mounts/node.ts',
    'cli/main': 'src/cli/main.ts',
    'dashboard/assets': 'src/dashboard/assets.ts',
  },
  format: 'esm',
  target: 'node20',
  // Of what others import.
  dts: {
    entry: {
      index: 'src/index.ts',
      express: 'src/mounts/express.ts',
      fastify: 'src/mounts/fastify.ts',
      node: 'src/mounts/node.ts',
    },
  },
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
  // One copy of the module state, whichever of the entry points is imported first.
  splitting: true,
  // The package's own name for what is built from `src/dashboard/assets.ts`.
  external: ['#dashboard-assets'],
  esbuildPlugins: [bundledText],
});
