/**
 * What an adapter names as the `module` of its portable definitions: its own built entry, which exists wherever the
 * adapter does. Within an application that is bundled into one file, that file is the application, which a host must
 * not start again; the adapter then goes by the name of its package.
 *
 * @param packageName e.g. `@warmset/adapters-onnx`
 * @param url the adapter's `import.meta.url`; undefined in a CommonJS bundle
 */
export function adapterModule(packageName: string, url: string | undefined): string {
  const folder = packageName.slice(packageName.lastIndexOf('/') + 1);
  const [, found, part] = /([^/]+)\/(dist|src)\/[^/]+$/.exec(url ?? '') ?? [];
  if (url === undefined || found !== folder) return packageName;
  // Run from its sources, by tests: no host could import TypeScript on every Node.
  return part === 'src' ? new URL('../dist/index.js', url).href : url;
}
