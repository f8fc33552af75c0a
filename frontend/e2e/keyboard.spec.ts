// The skip link, menus and panels by keyboard alone; what readers ask of their system is respected.
import { expect, open, test } from './support';

test('the skip link leads past the navigation; menus open, move and close by keys', async ({
  page,
}) => {
  await open(page, '/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();

  const prices = page.getByRole('button', { name: /^Prices:/ });
  await prices.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitemradio', { name: /^As billed/ })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('menuitemradio', { name: /^At current/ })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(prices).toBeFocused();

  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/cost=current/);
  await expect(prices).toBeFocused();

  // Tab leaves a panel, which closes: no trap.
  const zone = page.getByRole('button', { name: /^Time zone:/ });
  await zone.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog', { name: 'Time zone' });
  await expect(panel.getByRole('combobox')).toBeFocused();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(zone).toBeFocused();
});

test('every key of the list does what the list says', async ({ page }) => {
  await open(page, '/?range=30d');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  const pages = [...'oecpmklbura'].map((letter) => `g${letter}`);
  await expect(help.getByRole('rowheader')).toHaveCount(pages.length + 6);
  const listed = (await help.getByRole('rowheader').allInnerTexts()).map((keys) =>
    keys.replace(/\s+/g, ''),
  );
  expect(listed.sort()).toEqual(['.', '/', '?', '[', ']', 't', ...pages].sort());
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);

  await page.keyboard.press('[');
  await expect(page).toHaveURL(/from=.*to=/);
  const before = page.url();
  await page.keyboard.press(']');
  await expect(page).not.toHaveURL(before);
  await page.keyboard.press('t');
  await expect(page).toHaveURL(/range=today/);
  await page.keyboard.press('.');
  await expect(page.getByText('New calls are not followed.')).toBeVisible();
  await page.keyboard.press('.');
  await expect(page.getByText('New calls are followed.')).toBeVisible();
  await page.keyboard.press('/');
  const filter = page.getByRole('dialog', { name: 'Filter' });
  await expect(filter).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(filter).toHaveCount(0);
  for (const [letter, path] of [
    ['e', '/explore'],
    ['c', '/calls'],
    ['k', '/keys'],
    ['l', '/limits'],
    ['b', '/prices'],
    ['u', '/upstreams'],
    ['r', '/reconcile'],
    ['a', '/audit'],
    ['p', '/playground'],
    ['m', '/me'],
    ['o', '/'],
  ] as const) {
    await page.keyboard.press('g');
    await page.keyboard.press(letter);
    await expect(page).toHaveURL(({ pathname }) => pathname === path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
});

test('nothing moves with reduced motion, and forced colours keep bars apart', async ({
  browser,
}) => {
  const context = await browser.newContext({ reducedMotion: 'reduce', forcedColors: 'active' });
  const page = await context.newPage();
  await open(page, '/');
  const chart = page.getByRole('group', { name: /^Spend per/ });
  await expect(chart).toBeVisible();
  const animations = await page.evaluate(() =>
    document
      .getAnimations()
      .map((one) => Number(one.effect?.getComputedTiming().duration))
      .filter((ms) => ms > 1),
  );
  expect(animations).toEqual([]);
  const fills = await chart
    .locator('svg path[fill]')
    .evaluateAll((paths) => paths.map((path) => getComputedStyle(path).fill));
  expect(new Set(fills).size).toBe(fills.length);
  await context.close();
});
