// New calls reach the page by themselves, mark what they change, and move nothing under the pointer.
import type { Page } from '@playwright/test';
import { chat, collectErrors, expect, open, test } from './support';

/** Longer than the page waits between two checks. */
const BEAT = { timeout: 45_000 };

interface Watched {
  /** What moved, as markup. */
  shifts: string[];
  highlights: number[];
}

/** Counts layout shifts from the first paint on, and figures that are marked. */
async function watch(page: Page) {
  await page.addInitScript(() => {
    const watched: Watched = { shifts: [], highlights: [] };
    Object.assign(window, { watched });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: { node?: Element }[] = Reflect.get(entry, 'sources');
        const moved = sources.map(({ node }) =>
          (node?.outerHTML ?? node?.textContent)?.slice(0, 99),
        );
        // A figure with one digit more begins further left; that is the change itself.
        const others = moved.filter((text) => !/^[\d,.$]+$/.test(text ?? ''));
        if (others.length > 0) watched.shifts.push(others.join(' | '));
      }
    }).observe({ type: 'layout-shift', buffered: true });
    const animate = Element.prototype.animate;
    Element.prototype.animate = function (keyframes, options) {
      watched.highlights.push(Number(options));
      return animate.call(this, keyframes, options);
    };
  });
}

const watched = (page: Page) => page.evaluate(() => Reflect.get(window, 'watched') as Watched);

test('a call that arrives waits while the table is pointed at, then marks its figures', async ({
  page,
  request,
}) => {
  test.slow();
  const errors = collectErrors(page);
  const label = `e2e/live/${crypto.randomUUID()}`;
  expect(await chat(request, label)).toBe(200);
  await watch(page);
  await open(page, `/explore?range=7d&by=label&label=${encodeURIComponent(label)}`);

  const row = page.getByRole('row').filter({ hasText: label });
  const calls = row.getByRole('cell').nth(4);
  await expect(calls).toHaveText('1');
  await expect(page.getByText('adds up to the total')).toBeVisible();
  await row.hover();
  const place = await row.boundingBox();
  const { shifts } = await watched(page);

  expect(await chat(request, label)).toBe(200);
  const news = page.getByRole('button', { name: '1 new call – show' });
  await expect(news).toBeVisible(BEAT);
  await expect(calls).toHaveText('1');
  expect(await row.boundingBox()).toEqual(place);

  await page.getByRole('heading', { level: 1 }).hover();
  await expect(calls).toHaveText('2', BEAT);
  await expect(news).toHaveCount(0);
  // Longer figures may need wider columns.
  const { width: _, ...moved } = (await row.boundingBox()) ?? {};
  expect(place).toMatchObject(moved);
  const after = await watched(page);
  expect(after.shifts.slice(shifts.length)).toEqual([]);
  expect(after.highlights.filter((ms) => ms === 600).length).toBeGreaterThanOrEqual(2);
  expect(errors).toEqual([]);
});

test('the choice not to follow new calls is kept', async ({ page }) => {
  await open(page, '/explore');
  const freshness = page.getByRole('button', { name: /^Exact|new calls?/ });
  const follow = page.getByRole('switch', { name: 'Follow new calls' });
  await freshness.click();
  await expect(follow).toBeChecked();
  await follow.click();
  await expect(follow).not.toBeChecked();
  await page.reload();
  await freshness.click();
  await expect(follow).not.toBeChecked();
});
