// The start page and Explore: their numbers are those of the API, and the view lives in the URL.
import AxeBuilder from '@axe-core/playwright';
import { type APIRequestContext, expect, type Locator, type Page, test } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { parseUsd, sumUsd } from '../src/lib/money';

type SummaryRow = components['schemas']['SummaryRow'];

const API_URL = process.env.E2E_API_URL ?? 'http://localhost:8000';
const KEY = process.env.E2E_ADMIN_KEY ?? '';
const headers = { authorization: `Bearer ${KEY}` };

async function chat(request: APIRequestContext, label: string, model: string) {
  const data = { user_label: label, model, prompt: 'Count the tokens of this sentence.' };
  const response = await request.post(`${API_URL}/api/llm/chat`, { headers, data });
  expect(response.status()).toBe(200);
}

async function summary(request: APIRequestContext, query: Record<string, string>) {
  const params = new URLSearchParams(query).toString();
  const response = await request.get(`${API_URL}/api/usage/summary?${params}`, { headers });
  expect(response.status()).toBe(200);
  const rows: SummaryRow[] = await response.json();
  return rows;
}

/** All digits of an amount: its title where the text is rounded. */
async function exactAmount(within: Locator): Promise<bigint> {
  const money = within.locator('span').first();
  const text = (await money.getAttribute('title')) ?? (await money.innerText());
  return parseUsd(text.replace(/[$,]/g, ''));
}

async function open(page: Page, path: string) {
  await page.addInitScript((key) => sessionStorage.setItem('tokenmeter.key', key), KEY);
  await page.goto(path);
}

async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}

test('Overview shows the totals of the API to the last digit', async ({ page, request }) => {
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const label = `e2e/overview/${crypto.randomUUID()}`;
  await chat(request, label, 'gpt-4o-mini');
  await chat(request, label, 'gpt-4o');
  await open(page, `/?range=7d&label=${encodeURIComponent(label)}`);

  const totals = page.getByRole('region', { name: 'Totals' });
  await expect(totals).toContainText('$');
  const rows = await summary(request, { user_label: label, group_by: 'model' });
  expect(rows).toHaveLength(2);
  const spend = totals
    .getByRole('heading', { name: 'Spend' })
    .locator('xpath=following-sibling::div');
  expect(await exactAmount(spend.first())).toBe(
    parseUsd(sumUsd(rows.map((row) => row.cost_usd)) ?? ''),
  );
  await expect(page.getByRole('group', { name: /^Spend per hour by model/ })).toBeVisible();

  // A row filters by its group; Back takes the filter away, reload keeps it.
  const models = page.getByRole('region', { name: 'Top models' });
  await models.getByRole('link', { name: 'gpt-4o', exact: true }).click();
  await expect(page).toHaveURL(/model=gpt-4o/);
  await expect(models.getByRole('listitem')).toHaveCount(1);
  await page.reload();
  await expect(models.getByRole('listitem')).toHaveCount(1);
  await page.goBack();
  await expect(models.getByRole('listitem')).toHaveCount(2);
  await expectAccessible(page);
  expect(errors).toEqual([]);
});

test('Explore adds up, opens rows, and its CSV has the same sum', async ({ page, request }) => {
  const label = `e2e/explore/${crypto.randomUUID()}`;
  await chat(request, label, 'gpt-4o-mini');
  await chat(request, label, 'gpt-4o');
  await open(page, `/explore?range=7d&sub=label&label=${encodeURIComponent(label)}`);

  const table = page.getByRole('table', { name: 'Usage by model' });
  await expect(table.getByRole('row')).toHaveCount(4);
  await expect(page.getByText('adds up to the total')).toBeVisible();
  const [total] = await summary(request, { user_label: label, group_by: 'none' });
  const footer = table.getByRole('row').last().getByRole('cell').nth(1);
  expect(await exactAmount(footer)).toBe(parseUsd(total?.cost_usd ?? ''));

  await table.getByRole('button', { name: 'gpt-4o by label' }).click();
  await expect(table.getByRole('row')).toHaveCount(5);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^tokenmeter_spend_by-model_.*_billed\.csv$/);
  const csv = await (await file.createReadStream()).toArray();
  const [head = '', ...lines] = Buffer.concat(csv).toString().trim().split('\r\n');
  const column = head.split(',').indexOf('cost_usd');
  const sum = sumUsd(lines.map((line) => line.split(',')[column]));
  expect(parseUsd(sum ?? '')).toBe(parseUsd(total?.cost_usd ?? ''));

  // The chart by keyboard: the last bucket is read aloud.
  const chart = page.getByRole('group', { name: /^Spend per hour by model/ });
  await chart.focus();
  await page.keyboard.press('End');
  await expect(chart.locator('[aria-live=polite]')).toContainText('total $');
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expect(page.getByRole('table', { name: /^Spend per hour by model/ })).toBeVisible();
  await expectAccessible(page);
});
