// Pictures of the pages on the demo. `npm run screenshots` writes those of the documentation; with SCREENSHOTS_DIR
// set, every page in both widths and colour schemes, to be looked at.
import { expect, test } from '@playwright/test';
import { resize } from './checks';
import { onEveryPage } from './pool';

const EVERY_PAGE_TO = process.env.SCREENSHOTS_DIR;
const DOCUMENTED = new Set([
  'overview-1440-light',
  'overview-390-dark',
  'explore-1440-dark',
  'receipt-1440-light',
  'limits-1440-light',
  'reconcile-1440-dark',
]);

test('pages in both widths and themes', async ({ browser, request }) => {
  const missed = await onEveryPage(browser, request, async (page, { name, path, heading }) => {
    const pictures = [1440, 390]
      .flatMap((width) => ['light' as const, 'dark' as const].map((theme) => ({ width, theme })))
      .map((picture) => ({ ...picture, file: `${name}-${picture.width}-${picture.theme}` }))
      .filter(({ file }) => EVERY_PAGE_TO !== undefined || DOCUMENTED.has(file));
    if (pictures.length === 0) return {};
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    for (const { width, theme, file } of pictures) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await resize(page, width);
      await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
      await page.waitForLoadState('networkidle');
      await page.screenshot({
        path: `${EVERY_PAGE_TO ?? '../docs/screenshots'}/${file}.png`,
        fullPage: EVERY_PAGE_TO !== undefined,
      });
    }
    return {};
  });
  expect(missed).toEqual({});
});
