// Every dialog, panel, menu and form with errors, and how to open it.
import { expect, type Page } from '@playwright/test';
import type { PAGE_NAMES } from '../pages';

export interface Opened {
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

export const OPENED: Record<string, Opened> = {
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
      await page.getByRole('dialog').getByText('Until…').click();
      await page.getByLabel('Until', { exact: true }).fill('2020-01-01T00:00');
      await inDialog(page, 'Create new secret');
    },
  },
  'revoke key': { on: 'key', open: submitting('Revoke', 'Revoke key') },
  'new limit': { on: 'limits', open: submitting('New limit', 'Create limit') },
  'edit limit': { on: 'limit', open: pressing('Edit') },
  'delete limit': { on: 'limit', open: pressing('Delete') },
  'new price': { on: 'prices', open: submitting('New price', 'Preview changes') },
  'new fee': {
    on: 'prices',
    open: async (page) => {
      await page.getByText('Tool fees', { exact: true }).click();
      await submitting('New fee', 'Add fee')(page);
    },
  },
  'undo correction': { on: 'prices', open: pressing(/^Undo correction/) },
  'price preview': {
    on: 'price',
    open: async (page) => {
      await press(page, 'Change price');
      const form = page.getByRole('dialog');
      await form.getByRole('textbox', { name: 'Input', exact: true }).fill('999.5');
      await form.getByLabel(/^In effect from/).fill('2026-11-01T00:00');
      await inDialog(page, 'Preview changes');
      await expect(page.getByText('Nothing has changed yet.')).toBeVisible();
    },
  },
  'new upstream': { on: 'upstreams', open: submitting('New upstream', 'Add upstream') },
  'empty chat': { on: 'playground', open: pressing('Send chat') },
  'models of a day': { on: 'reconcile', open: pressing(/^Models of/) },
};
