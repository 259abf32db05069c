import { expect, it } from 'vitest';
import { adapterModule } from '../../src/isolation/adapter-module.js';

const adapter = (url: string | undefined) => adapterModule('@warmset/adapters-onnx', url);

it.each([
  'file:///srv/app/node_modules/@warmset/adapters-onnx/dist/index.js',
  'file:///C:/Program%20Files/app/node_modules/@warmset/adapters-onnx/dist/index.js',
  'file:///Users/me/My%20App/node_modules/.pnpm/@warmset+adapters-onnx@1.0.0/node_modules/@warmset/adapters-onnx/dist/index.js',
  'file://server/share/app/node_modules/@warmset/adapters-onnx/dist/chunk-ABC.js',
])('an installed adapter is its own file: %s', (url) => {
  expect(adapter(url)).toBe(url);
});

it.each(['file:///srv/app/dist/index.js', 'file:///C:/srv/adapters-onnx/server.mjs', undefined])(
  'an adapter that is bundled into %s goes by its name',
  (url) => {
    expect(adapter(url)).toBe('@warmset/adapters-onnx');
  },
);

it('an adapter that runs from its sources is what was built of them', () => {
  expect(adapter('file:///D:/work/packages/adapters-onnx/src/onnx-model.ts')).toBe(
    'file:///D:/work/packages/adapters-onnx/dist/index.js',
  );
});
