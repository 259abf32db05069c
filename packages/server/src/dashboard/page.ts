import { createHash } from 'node:crypto';
import type { Answer } from '../http/answer.js';
import type { Settings } from '../options.js';

/** The texts that the page is put together from. */
export interface PageAssets {
  readonly markup: string;
  readonly script: string;
  readonly style: string;
}

/** How the page's script may load and unload models; `authorize` may let a request through without a token. */
type AdminMode = 'off' | 'token' | 'authorize';

/**
 * The dashboard in one answer. Its script and style are in it, so it works under any path that a framework mounts it at,
 * and its policy allows these two by their hashes and connections to its own origin, nothing else.
 */
export function dashboardPage({ markup, script, style }: PageAssets, settings: Settings): Answer {
  const values: Readonly<Record<string, string>> = {
    '%name%': escaped(settings.name),
    '%admin%': adminModeOf(settings),
    '%events%': settings.routes.events ? 'on' : 'off',
    '%explain%': settings.routes.models ? 'on' : 'off',
    '<!-- style -->': `<style>${style}</style>`,
    '<!-- script -->': `<script type="module">${script}</script>`,
  };
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policyOf(script, style),
    },
    // In one go, so that nothing is looked for in what was put in; a function, since `$&` in a text would mean something.
    body: markup.replaceAll(/%\w+%|<!-- \w+ -->/g, (place) => values[place] ?? place),
  };
}

function adminModeOf({ admin, routes }: Settings): AdminMode {
  if (admin === undefined || !routes.models) return 'off';
  return admin.authorize === undefined ? 'token' : 'authorize';
}

/** `trusted-types 'none'` makes any use of `innerHTML` and its like throw, so that names can only ever be text. */
function policyOf(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
