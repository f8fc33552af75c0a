// Pictures of the pages on the demo. `npm run screenshots` writes those of the documentation; with SCREENSHOTS_DIR
// set, every page in both widths and colour schemes, to be looked at.
import { expect, test } from '@playwright/test';
import { dashboardPages } from '../pages';
import { open } from '../support';

const EVERY_PAGE_TO = process.env.SCREENSHOTS_DIR;
const ONLY = process.env.SCREENSHOTS_ONLY?.split(',');
const DOCUMENTED = new Set([
  'overview-1440-light',
  'overview-390-dark',
  'explore-1440-dark',
  'receipt-1440-light',
  'limits-1440-light',
  'reconcile-1440-dark',
]);
const WIDTHS = [
  [1440, 900],
  [390, 844],
] as const;

for (const [width, height] of WIDTHS) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`pages at ${width}, ${colorScheme}`, async ({ browser, request }) => {
      const context = await browser.newContext({
        colorScheme,
        viewport: { width, height },
        reducedMotion: 'reduce',
        timezoneId: 'Europe/Berlin',
      });
      for (const { name, path } of await dashboardPages(request)) {
        const file = `${name}-${width}-${colorScheme}`;
        if (EVERY_PAGE_TO ? ONLY && !ONLY.includes(name) : !DOCUMENTED.has(file)) continue;
        const page = await context.newPage();
        await open(page, path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
        await page.waitForLoadState('networkidle');
        await page.screenshot({
          path: `${EVERY_PAGE_TO ?? '../docs/screenshots'}/${file}.png`,
          fullPage: EVERY_PAGE_TO !== undefined,
        });
        await page.close();
      }
      await context.close();
    });
  }
}
