import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousViolations } from './support/axe.js';
import { chromiumPath, launch, openPage } from './support/browser.js';
import { serveDocs } from './support/docs-site.js';

/** One of each kind: a list of pages, a drawing and tables, much code, wide tables, what typedoc writes. */
const PAGES = ['', 'concepts.html', 'migrating.html', 'deploy-512mb.html', 'api/adapters-onnx.html'];

const WINDOWS = [
  { name: 'wide', viewport: { width: 1280, height: 900 } },
  { name: 'a phone', viewport: { width: 390, height: 844 } },
];

/** A folder for pictures to look at. */
const PICTURES = process.env.WARMSET_SITE_PICTURES;

describe.skipIf(chromiumPath === undefined)("the documentation's site", { timeout: 180_000 }, () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveDocs>>;

  beforeAll(async () => {
    [browser, site] = await Promise.all([launch(), serveDocs()]);
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  describe.each(WINDOWS)('on $name', ({ name, viewport }) => {
    it.each(['light', 'dark'] as const)('is accessible and asks nobody else, in %s', async (colorScheme) => {
      for (const path of PAGES) {
        const options = { viewport, colorScheme, reducedMotion: 'reduce' } as const;
        const { page, errors, strangers } = await openPage(browser, `${site.url}/${path}`, options);
        await page.waitForLoadState('networkidle');
        if (PICTURES !== undefined) {
          const file = `${path.replaceAll('/', '-').replace('.html', '') || 'index'}-${name.replace(' ', '-')}-${colorScheme}`;
          await page.screenshot({ path: `${PICTURES}/${file}.png` });
        }
        expect({ path, violations: await seriousViolations(page) }).toEqual({ path, violations: [] });
        // Tables and code scroll in themselves.
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
          viewport.width,
        );
        expect({ path, errors, strangers }).toEqual({ path, errors: [], strangers: [] });
        await page.context().close();
      }
    });
  });

  it('finds a page by a word in it', async () => {
    const { page, errors, strangers } = await openPage(browser, `${site.url}/`);
    await page.waitForLoadState('networkidle');
    await page.keyboard.press('Control+k');
    await page.getByRole('searchbox').fill('terminationGracePeriodSeconds');
    await page.locator('.VPLocalSearchBox .result', { hasText: 'Kubernetes' }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/deploy-512mb\.html#kubernetes$/);
    expect({ errors, strangers }).toEqual({ errors: [], strangers: [] });
    await page.context().close();
  });
});
