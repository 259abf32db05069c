import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExampleServer } from '../support/example-server.js';
import { MODELS, type ModelName, type Sample, sampleOf } from '../support/samples.js';
import { expectToCloseWell, itServesTheModels } from '../support/serves-models.js';
import { seriousViolations } from './support/axe.js';
import { chromiumPath, launch, openPage } from './support/browser.js';
import { buildNextApp, setUpNextApp, startNextApp } from './support/next-app.js';

/** Where pictures for the docs go, with `WARMSET_SCREENSHOTS=1`. */
const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

const TITLES: Readonly<Record<ModelName, string>> = {
  heart: 'Heart disease',
  liver: 'Liver disease',
  diabetes: 'Diabetes',
  lung: 'Lung cancer',
};

beforeAll(async () => {
  await setUpNextApp();
  await buildNextApp();
}, 300_000);

describe('next start', () => {
  let server: ExampleServer;

  beforeAll(async () => {
    server = await startNextApp('nextjs', 'start');
  });
  afterAll(() => server?.stop());

  itServesTheModels(() => server, '/api/warmset');

  it('answers on SIGTERM what it has accepted, and ends, and its hosts with it', async () => {
    // 128 and the signal: Next.js says how it was ended.
    await expectToCloseWell(await startNextApp('nextjs', 'start'), '/api/warmset', 143);
  });
});

describe('next build', () => {
  it('traces what is opened as a file, for a standalone output', () => {
    const trace = fileURLToPath(
      new URL(
        '../../examples/nextjs/.next/server/app/api/warmset/[...path]/route.js.nft.json',
        import.meta.url,
      ),
    );
    const { files } = JSON.parse(readFileSync(trace, 'utf8')) as { files: string[] };
    const library = process.platform === 'linux' ? 'libonnxruntime.so.1' : 'onnxruntime';
    const wanted = [
      'heart/heart.onnx',
      'lung/model.json',
      'lung/group1-shard1of1.bin',
      'host-main.js',
      library,
    ];
    expect(wanted.filter((file) => !files.some((path) => path.includes(file)))).toEqual([]);
  });
});

describe.skipIf(chromiumPath === undefined)('the page', () => {
  let server: ExampleServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startNextApp('nextjs', 'start');
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  it.each(['light', 'dark'] as const)('is accessible, and fits a phone, in %s', async (colorScheme) => {
    const { page, errors } = await openPage(browser, server.url, { colorScheme, reducedMotion: 'reduce' });
    for (const name of MODELS) {
      const form = formOf(page, name);
      await form.getByRole('button', { name: 'Predict' }).click();
      await form.locator('output data').waitFor();
    }
    expect(await seriousViolations(page)).toEqual([]);
    if (process.env.WARMSET_SCREENSHOTS !== undefined) {
      await page.screenshot({ path: `${IMAGES}nextjs-${colorScheme}.png`, fullPage: true });
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await seriousViolations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('predicts with what is filled in, for each model: first cold, then warm', async ({ onTestFinished }) => {
    const fresh = await startNextApp('nextjs', 'start');
    onTestFinished(async () => {
      await fresh.stop();
    });
    const { page, errors, strangers } = await openPage(browser, fresh.url);
    expect(await page.locator('form').count()).toBe(MODELS.length);
    for (const name of MODELS) {
      for (const row of [1, 2]) {
        const sample = sampleOf(name, row);
        const form = formOf(page, name);
        await fill(form, sample);
        await form.getByRole('button', { name: 'Predict' }).click();
        const risk = form.locator('output data');
        await expect.poll(() => shownRisk(risk), { timeout: 20_000 }).toBeCloseTo(sample.expected.risk, 4);
        expect(await form.locator('output').textContent()).toMatch(
          row === 1 ? /^Risk [\d.]+ %coldloaded and run in \d.* ms/ : /^Risk [\d.]+ %warmrun in \d.* ms/,
        );
      }
    }
    expect({ errors, strangers }).toEqual({ errors: [], strangers: [] });
    await page.context().close();
  });

  it('is filled with another patient by its button, and works with the keyboard alone', async () => {
    const { page } = await openPage(browser, server.url);
    const form = formOf(page, 'heart');
    await form.getByRole('button', { name: 'Another patient' }).focus();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => form.getByLabel('Age').inputValue())
      .toBe(String(sampleOf('heart', 1).features.age));
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    const { expected } = sampleOf('heart', 1);
    await expect.poll(() => shownRisk(form.locator('output data'))).toBeCloseTo(expected.risk, 4);
    await page.context().close();
  });

  it('shows what the server says where it refuses, and the browser what is out of range', async () => {
    const { page } = await openPage(browser, server.url);
    const form = formOf(page, 'heart');
    await form.getByLabel('Age').fill('7');
    await form.getByRole('button', { name: 'Predict' }).click();
    expect(await form.locator('[name="age"]:invalid').count()).toBe(1);
    expect(await form.locator('output').textContent()).toBe('');
    await page.evaluate('document.querySelectorAll("form").forEach((form) => { form.noValidate = true; })');
    await form.getByRole('button', { name: 'Predict' }).click();
    await form.locator('output .failed', { hasText: /does not match its schema: age/ }).waitFor();
    await page.context().close();
  });
});

function formOf(page: Page, name: ModelName): Locator {
  return page.getByRole('form', { name: TITLES[name] });
}

/** Fills every input by its name in the schema, as a person would with what stands beside it. */
async function fill(form: Locator, { features }: Sample): Promise<void> {
  for (const [name, value] of Object.entries(features)) {
    const input = form.locator(`[name="${name}"]`);
    if (typeof value === 'boolean') await input.setChecked(value);
    else if (typeof value === 'string') await input.selectOption(value);
    else if ((await input.evaluate('(element) => element.localName')) === 'select')
      await input.selectOption('');
    else await input.fill(value === null ? '' : String(value));
  }
}

async function shownRisk(data: Locator): Promise<number> {
  const value = (await data.count()) === 0 ? null : await data.getAttribute('value');
  return value === null ? Number.NaN : Number(value);
}
