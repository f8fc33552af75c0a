// Calls: the list, a receipt that adds up, Back and reload, the keyboard.
import type { components } from '../src/api/schema.gen';
import { formatMoney, parseUsd } from '../src/lib/money';
import { call, collectErrors, expect, expectAccessible, open, test } from './support';

type ChatResponse = components['schemas']['ChatResponse'];

const prompt = 'Count these tokens.';

test('a call opens with a receipt that adds up to its cost', async ({ page, request }) => {
  const errors = collectErrors(page);
  const label = `e2e/calls/${crypto.randomUUID()}`;
  const { call_id, cost_usd } = await call<ChatResponse>(request, '/api/llm/chat', {
    method: 'post',
    data: { user_label: label, model: 'gpt-4o-mini', prompt },
  });

  await open(page, `/calls?label=${encodeURIComponent(label)}`);
  const grid = page.getByRole('grid', { name: 'Calls, newest first' });
  await expect(grid.getByRole('row')).toHaveCount(2);
  await expectAccessible(page);

  const row = grid.getByRole('row').filter({ hasText: 'gpt-4o-mini' });
  await row.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('complementary', { name: `Call ${call_id}` });
  const amounts = panel.locator('tbody td:last-child');
  await expect(amounts).not.toHaveCount(0);
  const sum = (await amounts.allInnerTexts())
    .map((text) => parseUsd(text.replace(/[$,]/g, '')))
    .reduce((total, amount) => total + amount, 0n);
  expect(sum).toBe(parseUsd(cost_usd ?? ''));
  await expect(panel.locator('tfoot')).toContainText(formatMoney(cost_usd, 'exact'));
  await expectAccessible(page);

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
  const { call_id } = await call<ChatResponse>(request, '/api/llm/chat', {
    method: 'post',
    data: { user_label: label, model: 'gpt-4o-mini', prompt },
  });
  await open(page, `/calls?label=${encodeURIComponent(label)}`);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: /^CSV/ }).click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join('');
  expect(text.trim().split('\n')).toHaveLength(2);
  expect(text).toContain(call_id);
});
