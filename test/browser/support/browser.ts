import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser of `WARMSET_CHROMIUM`, or the first of the path. */
export const chromiumPath: string | undefined =
  process.env.WARMSET_CHROMIUM ?? (process.env.PATH ?? '').split(delimiter).flatMap(inFolder).find(isProgram);

if (chromiumPath === undefined) {
  console.warn('The tests in a browser are skipped: there is no chromium (apt-get install chromium).');
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    // A container's root may not make the namespaces of Chromium's own sandbox; the pages are ours.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
}

/** A page, and what it should not have: errors on its console, and requests to anyone but its own server. */
export interface WatchedPage {
  readonly page: Page;
  readonly errors: readonly string[];
  readonly strangers: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) strangers.push(request.url());
  });
  await page.goto(url);
  return { page, errors, strangers };
}

function inFolder(folder: string): string[] {
  return NAMES.map((name) => join(folder, name));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
