// Calls: the list, a receipt that adds up, Back and reload, the keyboard.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { formatMoney, parseUsd } from '../src/lib/money';

const API_URL = process.env.E2E_API_URL ?? 'http://localhost:8000';
const KEY = process.env.E2E_ADMIN_KEY ?? '';

test('a call opens with a receipt that adds up to its cost', async ({ page, request }) => {
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  const label = `e2e/calls/${crypto.randomUUID()}`;
  const sent = await request.post(`${API_URL}/api/llm/chat`, {
    headers: { authorization: `Bearer ${KEY}` },
    data: { user_label: label, model: 'gpt-4o-mini', prompt: 'Count these tokens.' },
  });
  expect(sent.status()).toBe(200);
  const { call_id, cost_usd } = await sent.json();

  await page.goto(`/sign-in?to=/calls?label=${encodeURIComponent(label)}#key=${KEY}`);
  const grid = page.getByRole('grid', { name: 'Calls, newest first' });
  await expect(grid.getByRole('row')).toHaveCount(2);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  const row = grid.getByRole('row').filter({ hasText: 'gpt-4o-mini' });
  await row.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: `Call ${call_id}` });
  const amounts = panel.locator('tbody td:last-child');
  await expect(amounts).not.toHaveCount(0);
  const sum = (await amounts.allInnerTexts())
    .map((text) => parseUsd(text.replace(/[$,]/g, '')))
    .reduce((total, amount) => total + amount, 0n);
  expect(sum).toBe(parseUsd(cost_usd));
  await expect(panel.locator('tfoot')).toContainText(formatMoney(cost_usd, 'exact'));
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.reload();
  await expect(panel.locator('tfoot')).toContainText(formatMoney(cost_usd, 'exact'));
  await page.goBack();
  await expect(panel).toHaveCount(0);
  await page.goForward();
  await expect(panel).toBeVisible();
  await panel.getByRole('button', { name: 'Close' }).click();
  await expect(panel).toHaveCount(0);
  expect(errors).toEqual([]);
});

test('an export holds the calls of the view', async ({ page, request }) => {
  const label = `e2e/export/${crypto.randomUUID()}`;
  const sent = await request.post(`${API_URL}/api/llm/chat`, {
    headers: { authorization: `Bearer ${KEY}` },
    data: { user_label: label, model: 'gpt-4o-mini', prompt: 'Export me.' },
  });
  const { call_id } = await sent.json();
  await page.goto(`/sign-in?to=/calls?label=${encodeURIComponent(label)}#key=${KEY}`);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /^CSV/ }).click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join('');
  expect(text.trim().split('\n')).toHaveLength(2);
  expect(text).toContain(call_id);
});
