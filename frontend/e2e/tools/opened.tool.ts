// Every dialog, panel and menu while it is open, and every form with its errors: the same checks as of whole pages.
// Part of `npm run sweep`.
import { expect, type Page, test } from '@playwright/test';
import { dashboardPages, type PAGE_NAMES } from '../pages';
import { collectErrors } from '../support';
import { counted, sweepAt } from './checks';
import { inParallel } from './pool';

interface Opened {
  on: (typeof PAGE_NAMES)[number];
  open: (page: Page) => Promise<void>;
  /** Where it exists; everywhere by default. */
  width?: 1440 | 390;
}

const press = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name }).filter({ visible: true }).first().click();
const inDialog = (page: Page, name: string | RegExp) =>
  page.getByRole('dialog').getByRole('button', { name }).click();
const pressing = (name: string | RegExp) => (page: Page) => press(page, name);
const submitting = (opener: string | RegExp, submit: string | RegExp) => async (page: Page) => {
  await press(page, opener);
  await inDialog(page, submit);
  await expect(page.locator('[aria-invalid="true"]').first()).toBeVisible();
};

const OPENED: Record<string, Opened> = {
  range: { on: 'overview', open: pressing(/^Range:/) },
  zone: { on: 'overview', open: pressing(/^Time zone:/) },
  'price basis': { on: 'overview', open: pressing(/^Prices:/), width: 1440 },
  'filter fields': { on: 'overview', open: pressing(/Filter/) },
  'filter values': {
    on: 'overview',
    open: async (page) => {
      await press(page, /Filter/);
      await press(page, /^Label/);
      await expect(page.getByRole('option').first()).toBeVisible();
    },
  },
  'copy link': { on: 'overview', open: pressing('Copy link') },
  freshness: { on: 'overview', open: pressing(/^Exact|^live|^Not updated/) },
  settings: { on: 'overview', open: pressing('Key and settings') },
  'more pages': { on: 'overview', open: pressing('More'), width: 390 },
  'keyboard shortcuts': {
    on: 'overview',
    open: async (page) => {
      await press(page, 'Key and settings');
      await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
    },
  },
  'chart as table': { on: 'overview', open: pressing('Show as table') },
  'controls of Explore': { on: 'explore', open: pressing(/^Spend by/), width: 390 },
  'download of the chart': { on: 'explore', open: pressing('Download the chart') },
  'why it changed': { on: 'explore', open: pressing('Why did it change?') },
  'sort of calls': { on: 'calls', open: pressing('Newest first') },
  'status of calls': { on: 'calls', open: pressing('Status') },
  'columns of calls': { on: 'calls', open: pressing('Columns'), width: 1440 },
  'export of calls': { on: 'calls', open: pressing('Export') },
  'new key': { on: 'keys', open: submitting('New key', 'Create key') },
  'edit key': { on: 'key', open: pressing('Edit') },
  'rotate key': {
    on: 'key',
    open: async (page) => {
      await press(page, 'Rotate');
      await page.getByRole('radio', { name: 'Until…' }).check({ force: true });
      await page.getByLabel('Until', { exact: true }).fill('2020-01-01T00:00');
      await inDialog(page, 'Create new secret');
    },
  },
  'revoke key': { on: 'key', open: submitting('Revoke', 'Revoke key') },
  'new limit': { on: 'limits', open: submitting('New limit', 'Create limit') },
  'edit limit': { on: 'limit', open: pressing('Edit') },
  'delete limit': { on: 'limit', open: pressing('Delete') },
  'new price': { on: 'prices', open: submitting('New price', 'Preview changes') },
  'undo correction': { on: 'prices', open: pressing(/^Undo correction/) },
  'price preview': {
    on: 'price',
    open: async (page) => {
      await press(page, 'Change price');
      const form = page.getByRole('dialog');
      await form.getByLabel('Input', { exact: false }).first().fill('999.5');
      await form.getByLabel(/^In effect from/).fill('2026-11-01T00:00');
      await inDialog(page, 'Preview changes');
      await expect(page.getByText('Nothing has changed yet.')).toBeVisible();
    },
  },
  'empty chat': { on: 'playground', open: pressing('Send chat') },
  'models of a day': { on: 'reconcile', open: pressing(/^Models of/) },
};

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
