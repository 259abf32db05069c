import { fileURLToPath } from 'node:url';
import { fakeModel } from '@warmset/registry/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seriousViolations } from './support/axe.js';
import { chromiumPath, launch, openPage } from './support/browser.js';
import { infer, serveExamples } from './support/command.js';
import { gated } from './support/models.js';
import { closeAll, closers, serve } from './support/serve.js';

const TOKEN = 'a-token-for-the-browser';
const MB = 1_000_000;

/** Where pictures for the docs go, with `WARMSET_SCREENSHOTS=1`: each run's are a little different. */
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

describe.skipIf(chromiumPath === undefined)('the dashboard', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => browser?.close());
  afterEach(closeAll);

  /** Opens the page, and checks at the end of the test that nothing went wrong on it. */
  async function open(url: string, options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    const { page, errors, strangers } = await openPage(browser, url, options);
    closers.push(async () => {
      await page.context().close();
      expect({ errors, strangers }).toEqual({ errors: [], strangers: [] });
    });
    await says(page.locator('#connection'), /^live$/);
    return page;
  }

  it('shows a model go from cold to loading to ready to evicted, without a reload', async () => {
    const slow = gated(30 * MB);
    const { registry, url } = await serve({ slow: slow.definition, other: fakeModel({ bytes: 80 * MB }) });
    const page = await open(url);
    await page.evaluate('window.neverReloaded = true');
    await says(stateOf(page, 'slow'), /^cold$/);

    const loading = registry.load('slow');
    await says(stateOf(page, 'slow'), /^loading$/);
    slow.progress(0.42);
    await says(stateOf(page, 'slow'), /^loading 42 %$/);
    slow.finish();
    await loading;
    await says(stateOf(page, 'slow'), /^ready$/);
    await says(cellOf(page, 'slow', 2), '30.0 MB (runtime)');

    await registry.load('other');
    await says(stateOf(page, 'slow'), /^evicted$/);
    await says(page.locator('#timeline-table tr', { hasText: 'evicted' }), /slow.*make room.*other/);
    await says(page.locator('#overview div', { hasText: 'Evictions' }), '1');
    expect(await page.locator('#lanes svg').count()).toBe(2);
    expect(await page.locator('#lanes svg').first().locator('rect').count()).toBeGreaterThan(1);
    expect(await page.evaluate('window.neverReloaded')).toBe(true);
  });

  it('shows leases and who waits', async () => {
    const { registry, url } = await serve({ m: { ...fakeModel(), maxConcurrency: 1 } });
    const page = await open(url);
    const lease = await registry.acquire('m');
    const second = registry.acquire('m');
    await says(cellOf(page, 'm', 3), /^1$/);
    await says(cellOf(page, 'm', 4), /^1$/);
    lease.release();
    (await second).release();
    await says(cellOf(page, 'm', 3), /^0$/);
  });

  it('shows what failed, and names as text only', async () => {
    const { registry, url } = await serve(
      { 'a.b-c_1': fakeModel({ failures: Number.POSITIVE_INFINITY }) },
      { name: '<img src=x onerror=alert(1)>"&' },
    );
    const page = await open(url);
    expect(await page.locator('h1').textContent()).toBe('<img src=x onerror=alert(1)>"&');
    await registry.load('a.b-c_1').catch(() => {});
    await says(stateOf(page, 'a.b-c_1'), /^failed$/);
    await says(page.locator('#problems-table tbody tr'), /ERR_LOAD_FAILED.*could not be loaded/);
    // The event and the snapshots that follow tell of one failure.
    await page.waitForTimeout(500);
    expect(await page.locator('#problems-table tbody tr').count()).toBe(1);
  });

  it('has no buttons where the server has no admin', async () => {
    const { registry, url } = await serve({ m: fakeModel() });
    await registry.load('m');
    const page = await open(url);
    await says(stateOf(page, 'm'), /^ready$/);
    expect(await page.locator('#admin').isVisible()).toBe(false);
    expect(await page.locator('#models-table button').count()).toBe(0);
  });

  it('loads, reloads and evicts for whoever has the token, under a base path', async () => {
    const { registry, url } = await serve(
      { m: fakeModel({ bytes: MB }) },
      { admin: { token: TOKEN }, basePath: '/api/warmset' },
    );
    const page = await open(`${url}/`);
    expect(await page.locator('#models-table button').count()).toBe(0);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.getByRole('button', { name: 'Use it' }).click();

    await page.getByRole('button', { name: 'load m', exact: true }).click();
    await says(page.locator('#outcome'), 'm: loaded');
    await says(stateOf(page, 'm'), /^ready$/);
    await page.getByRole('button', { name: 'reload m' }).click();
    await says(page.locator('#outcome'), 'm: reloaded');
    await page.getByRole('button', { name: 'evict m' }).click();
    await says(page.locator('#outcome'), 'm: evicted');
    await says(stateOf(page, 'm'), /^evicted$/);
    expect(registry.status('m')).toMatchObject({ state: 'idle', loads: 2, evictions: 1 });
    // What the browser stores is open to other pages of this origin.
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    expect(stored).not.toContain(TOKEN);

    await page.getByRole('button', { name: 'Forget it' }).click();
    await page.locator('#models-table button').first().waitFor({ state: 'detached' });
  });

  it('has the buttons at once where the server decides by something else than a token', async () => {
    const { url } = await serve({ m: fakeModel() }, { admin: { authorize: () => true } });
    const page = await open(url);
    await page.getByRole('button', { name: 'load m', exact: true }).click();
    await says(page.locator('#outcome'), 'm: loaded');
  });

  it('says that another token was refused, changes nothing, and takes the buttons away', async () => {
    const { registry, url } = await serve({ m: fakeModel() }, { admin: { token: TOKEN } });
    const { page, errors } = await openPage(browser, url);
    closers.push(() => page.context().close());
    await page.getByLabel('Admin token').fill('another-token-altogether');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'load m', exact: true }).click();
    await says(page.locator('#outcome'), 'm: not loaded. This needs an admin');
    await page.locator('#models-table button').first().waitFor({ state: 'detached' });
    expect(registry.status('m').state).toBe('idle');
    // Chromium's own line about the 401.
    expect(errors).toHaveLength(1);
  });

  it('says that the connection is lost, and comes back with the server', async () => {
    const { url, close } = await serve({ m: fakeModel() });
    const { page } = await openPage(browser, url);
    closers.push(() => page.context().close());
    await says(page.locator('#connection'), /^live$/);
    await close();
    await says(page.locator('#connection'), /lost/);
    const port = Number(new URL(url).port);
    await serve({ m: fakeModel(), added: fakeModel() }, { port });
    await page.getByRole('rowheader', { name: 'added' }).waitFor({ timeout: 20_000 });
    await says(page.locator('#connection'), /^live$/);
  });

  it('is walked with the keyboard', async () => {
    const { registry, url } = await serve({ m: fakeModel() }, { admin: { token: TOKEN } });
    const page = await open(url);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the models');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('#filter');
    await page.keyboard.type('m');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('#token');
    await page.keyboard.type(TOKEN);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'load m', exact: true }).waitFor();
    const seen: string[] = [];
    while (!seen.includes('load m') && seen.length < 10) {
      await page.keyboard.press('Tab');
      seen.push(await focused(page));
    }
    await page.keyboard.press('Enter');
    await says(stateOf(page, 'm'), /^ready$/);
    // The table is drawn anew several times; the button is still the one that has the focus.
    expect(await focused(page)).toBe('load m');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await says(stateOf(page, 'm'), /^evicted$/);
    expect(registry.status('m').evictions).toBe(1);
    expect(seen).toEqual(['Use it', 'Forget it', 'Models: state, memory, use and times', 'load m']);
  });

  it('keeps the theme that was chosen', async () => {
    const { url } = await serve({ m: fakeModel() });
    const page = await open(url, { colorScheme: 'light' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.getByLabel('Theme').selectOption('dark');
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await background()).toBe(dark);
    await page.getByLabel('Theme').selectOption('auto');
    expect(await background()).toBe(light);
  });

  it('is accessible in light, in dark and on a phone, with real models in processes', async () => {
    const url = await serveExamples('--budget', '100MB', '--admin-token', TOKEN);
    const page = await open(`${url}/dashboard`);
    await page.getByLabel('Admin token').fill(TOKEN);
    await page.keyboard.press('Enter');
    for (const name of ['heart', 'liver', 'diabetes'] as const) await infer(url, name, 20);
    await page.getByRole('button', { name: 'evict liver' }).click();
    await says(stateOf(page, 'liver'), /^evicted$/);
    await pause(page);
    for (const name of ['diabetes', 'liver', 'lung'] as const) await infer(url, name, 20);
    await pause(page);
    await page.getByRole('button', { name: 'evict diabetes' }).click();
    await says(stateOf(page, 'diabetes'), /^evicted$/);
    await pause(page);
    await says(stateOf(page, 'lung'), /^ready$/);
    await says(stateOf(page, 'broken'), /^failed$/);
    await says(page.locator('#hosts-table tbody tr').first(), 'process');
    for (const theme of ['light', 'dark']) {
      await page.getByLabel('Theme').selectOption(theme);
      await page.evaluate('document.activeElement.blur()');
      expect(await seriousViolations(page)).toEqual([]);
      if (process.env.WARMSET_SCREENSHOTS !== undefined) {
        await page.screenshot({ path: `${IMAGES}dashboard-${theme}.png`, fullPage: true });
      }
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await seriousViolations(page)).toEqual([]);
    // Tables scroll in themselves.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
  });
});

/** A picture shows more when time has passed on it; a test can do without. */
async function pause(page: Page): Promise<void> {
  if (process.env.WARMSET_SCREENSHOTS !== undefined) await page.waitForTimeout(9_000);
}

/** The row of a model. */
function rowOf(page: Page, name: string): Locator {
  return page.locator('#models-table tbody tr', { has: page.getByRole('rowheader', { name, exact: true }) });
}

function stateOf(page: Page, name: string): Locator {
  return rowOf(page, name).locator('.state');
}

/** A cell of a model's row; 0 is its name. */
function cellOf(page: Page, name: string, index: number): Locator {
  return rowOf(page, name).locator('th, td').nth(index);
}

/** Waits until the element says that. */
async function says(element: Locator, text: string | RegExp): Promise<void> {
  await element.filter({ hasText: text }).first().waitFor({ state: 'attached', timeout: 10_000 });
}

/** What has the focus: its id, or for buttons and links what they are called. */
async function focused(page: Page): Promise<string> {
  const { id, label } = (await page.evaluate(
    '({ id: document.activeElement.id, label: document.activeElement.ariaLabel ?? document.activeElement.innerText })',
  )) as { id: string; label: string };
  return label.trim() !== '' ? label.trim() : `#${id}`;
}
