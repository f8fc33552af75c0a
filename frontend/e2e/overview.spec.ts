// The start page and Explore: their numbers are those of the API, and the view lives in the URL.
import type { APIRequestContext } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { parseUsd, sumUsd } from '../src/lib/money';
import {
  call,
  chat,
  collectErrors,
  exactAmount,
  expect,
  expectAccessible,
  open,
  test,
} from './support';

type SummaryRow = components['schemas']['SummaryRow'];

const summary = (request: APIRequestContext, query: Record<string, string>) =>
  call<SummaryRow[]>(request, `/api/usage/summary?${new URLSearchParams(query)}`);

async function twoModels(request: APIRequestContext, label: string) {
  expect(await chat(request, label, { model: 'gpt-4o-mini' })).toBe(200);
  expect(await chat(request, label, { model: 'gpt-4o' })).toBe(200);
}

test('Overview shows the totals of the API to the last digit', async ({ page, request }) => {
  const errors = collectErrors(page);
  const label = `e2e/overview/${crypto.randomUUID()}`;
  await twoModels(request, label);
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
  await twoModels(request, label);
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
  await page.keyboard.press('x');
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

test('Overview asks 13 requests at most, none of them twice', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (sent) => {
    const { pathname, search } = new URL(sent.url());
    if (/^\/(api|v1)\//.test(pathname)) asked.push(pathname + search);
  });
  await open(page, '/');
  await expect(page.getByRole('group', { name: /^Spend per day by model/ })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
  await page.waitForLoadState('networkidle');
  expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(13);
  expect(new Set(asked).size, asked.join('\n')).toBe(asked.length);
});
