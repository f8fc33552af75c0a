// Every dialog, panel and menu while it is open, and every form with its errors: the same checks as of whole pages.
// Part of `npm run sweep`.
import { expect, test } from '@playwright/test';
import { dashboardPages } from '../pages';
import { collectErrors } from '../support';
import { counted, sweepAt } from './checks';
import { OPENED } from './opened';
import { inParallel } from './pool';

test('every dialog, panel and menu while it is open', async ({ browser, request }) => {
  const pages = new Map((await dashboardPages(request)).map((page) => [page.name, page]));
  const jobs = Object.entries(OPENED).flatMap(([name, opened]) =>
    [1440, 390]
      .filter((width) => opened.width === undefined || opened.width === width)
      .map((width) => ({ name: `${name}, ${width}`, width, ...opened })),
  );
  const found = await inParallel({
    browser,
    jobs,
    nameOf: ({ name }) => name,
    check: async (page, { on, open, width }) => {
      const shown = pages.get(on);
      if (!shown) throw new Error(`no page ${on}`);
      const errors = collectErrors(page, [422]);
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await page.goto(shown.path);
      await expect(page.getByRole('heading', { level: 1, name: shown.heading })).toBeVisible();
      await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
      await open(page);
      await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
      const findings = await sweepAt(page, width);
      return errors.length > 0 ? { ...findings, console: errors } : findings;
    },
  });
  process.stdout.write(`open dialogs, panels and menus: ${counted.pictures} pictures\n`);
  expect(found).toEqual({});
});
