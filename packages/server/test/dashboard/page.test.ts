import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dashboardPage } from '../../src/dashboard/page.js';
import { resolveSettings, type ServerOptions } from '../../src/options.js';
import { doubling, serving } from '../support/models.js';

const assets = {
  markup: '<html data-admin="%admin%"><title>%name%</title><!-- style --><!-- script --><!-- other -->',
  script: 'alert("$& %name%")',
  style: 'p{}',
};
const page = (options: ServerOptions = {}) => dashboardPage(assets, resolveSettings(options));

describe('the page of the dashboard', () => {
  it('holds its script and style as they are, and lets only these run', () => {
    const { body, headers } = page();
    expect(body).toBe(
      '<html data-admin="off"><title>warmset</title><style>p{}</style><script type="module">alert("$& %name%")</script><!-- other -->',
    );
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const policy = headers['content-security-policy'] ?? '';
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        `script-src ${hash(assets.script)}`,
        `style-src ${hash(assets.style)}`,
        "connect-src 'self'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|\*/);
  });

  it('has the name of the server as text', () => {
    expect(page({ name: `<script>"&'` }).body).toContain('<title>&lt;script&gt;&quot;&amp;&#39;</title>');
  });

  it.each<[string, ServerOptions]>([
    ['off', {}],
    ['token', { admin: { token: 'sixteen-characters' } }],
    ['authorize', { admin: { authorize: () => true } }],
    ['off', { admin: { authorize: () => true }, routes: { models: false } }],
  ])('says that the admin is %s', (mode, options) => {
    expect(page(options).body).toContain(`data-admin="${mode}"`);
  });

  it('is served, asks for nothing of another origin, and does not hold a token', async () => {
    const token = 'a-secret-of-the-server';
    const { client } = await serving({ m: doubling() }, { admin: { token } });
    const { status, headers, text } = await client('GET', '/dashboard');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(text).not.toMatch(/%\w+%"|<!-- (?:style|script) -->/);
    expect(text).not.toContain(token);
  });

  it('can be switched off', async () => {
    const { client } = await serving({ m: doubling() }, { routes: { dashboard: false } });
    expect((await client('GET', '/dashboard')).status).toBe(404);
  });
});
