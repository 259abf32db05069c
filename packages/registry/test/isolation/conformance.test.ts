import { describeAdapter } from '@warmset/registry/testing';
import { fixture } from './support/hosts.js';

for (const isolation of ['thread', 'process', 'inline'] as const) {
  describeAdapter(
    `a portable definition, ${isolation}`,
    async () => (await import(fixture('adapter.mjs'))).adapter(),
    {
      isolation,
    },
  );
}
