// Every figure on every page is the API's, to the last digit where the page shows all digits, rounded from it
// elsewhere.
import type { Locator, Page } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { formatCompact, formatCount, formatDuration, formatShare } from '../src/lib/format';
import { formatMoney, parseUsd } from '../src/lib/money';
import { call, chat, collectErrors, exactAmount, expect, open, pico, test } from './support';

type Schemas = components['schemas'];
type SummaryRow = Schemas['SummaryRow'];

const KEY = process.env.E2E_ADMIN_KEY ?? '';
const API_URL = process.env.E2E_API_URL ?? 'http://localhost:8000';

/** All digits of a count: its title where the text is compact. */
async function exactCount(within: Locator): Promise<number> {
  const count = within.locator('span').first();
  const text = (await count.getAttribute('title')) ?? (await count.innerText());
  return Number(text.replaceAll(',', ''));
}

const tile = (page: Page, name: string) =>
  page
    .getByRole('region', { name: 'Totals' })
    .getByRole('heading', { name, exact: true })
    .locator('xpath=following-sibling::div');

const params = (query: Record<string, string>) => new URLSearchParams(query).toString();

/** It has no price in any stack, the demo's included. */
const UNPRICED = 'team-llama-70b';

let label = '';

/** Three models, one of them without a price, and a call that failed. No other test adds calls to this label. */
test.beforeEach(async ({ request }) => {
  label = `e2e/figures/${crypto.randomUUID()}`;
  for (const model of ['gpt-4o-mini', 'gpt-4o', 'gpt-4o', UNPRICED]) {
    expect(await chat(request, label, { model })).toBe(200);
  }
  const failed = await request.post(`${API_URL}/v1/chat/completions`, {
    headers: { authorization: `Bearer ${KEY}`, 'x-user-label': label },
    data: { model: 'mock-400', messages: [{ role: 'user', content: 'Fail.' }] },
  });
  expect(failed.status()).toBe(400);
});

test('Overview', async ({ page, request }) => {
  const errors = collectErrors(page);
  const query = { user_label: label };
  const [total] = await call<SummaryRow[]>(
    request,
    `/api/usage/summary?${params({ ...query, group_by: 'none', details: 'true' })}`,
  );
  if (!total) throw new Error('a summary without groups is one row');
  await open(page, `/?range=7d&label=${encodeURIComponent(label)}`);
  await expect(tile(page, 'Calls').first()).toHaveText(String(total.calls));

  expect(await exactAmount(tile(page, 'Spend').first())).toBe(parseUsd(total.cost_usd ?? ''));
  await expect(tile(page, 'Spend').nth(1)).toContainText(`+ ${total.unpriced_calls} unpriced`);
  const tokens = total.total_input_tokens + total.total_output_tokens;
  expect(await exactCount(tile(page, 'Tokens').first())).toBe(tokens);
  await expect(tile(page, 'Tokens').nth(1)).toContainText(
    formatShare(total.total_cached_tokens, total.total_input_tokens),
  );
  expect(await exactCount(tile(page, 'Failed').first())).toBe(total.failed_calls);
  await expect(tile(page, 'Failed').nth(1)).toContainText(
    formatShare(total.failed_calls, total.calls),
  );
  await expect(tile(page, 'Latency p95').first()).toHaveText(formatDuration(total.latency_p95_ms));

  for (const [region, by, name] of [
    ['Top models', 'model', (row: SummaryRow) => row.model],
    ['Top labels', 'user_label', (row: SummaryRow) => row.user_label],
  ] as const) {
    const groups = await call<SummaryRow[]>(
      request,
      `/api/usage/summary?${params({ ...query, group_by: by })}`,
    );
    const list = page.getByRole('region', { name: region }).getByRole('listitem');
    await expect(list).toHaveCount(groups.length);
    for (const row of groups) {
      const item = list.filter({ hasText: name(row) ?? '' }).first();
      if (row.cost_usd === null) await expect(item).toContainText(`${row.unpriced_calls} call`);
      else {
        const amount = item.locator(`:text-is("${formatMoney(row.cost_usd)}")`).first();
        const text = (await amount.getAttribute('title')) ?? (await amount.innerText());
        expect(pico(text)).toBe(parseUsd(row.cost_usd));
      }
    }
  }
  // The chart, as a table of buckets.
  await page.getByRole('button', { name: 'Show as table' }).click();
  await expectSeries(page, request, { group_by: 'model' });
  expect(errors).toEqual([]);
});

/** The table of the chart has the points of the series. */
async function expectSeries(
  page: Page,
  request: Parameters<typeof call>[0],
  query: Record<string, string>,
) {
  const table = page.getByRole('table', { name: /^Spend per hour by model/ });
  const names = (await table.getByRole('columnheader').allInnerTexts()).slice(2);
  const series = await call<Schemas['Timeseries']>(
    request,
    `/api/usage/timeseries?${params({ user_label: label, interval: 'hour', top: '8', ...query })}`,
  );
  expect(names.length).toBe(series.series.length);
  const last = table.getByRole('row').last().getByRole('cell');
  const hours = series.series[0]?.points ?? [];
  const at = hours.findLastIndex((_, index) =>
    series.series.some(({ points }) => (points[index]?.calls ?? 0) > 0),
  );
  const cells = await last.allInnerTexts();
  for (const [index, name] of names.entries()) {
    const one = series.series.find(({ group }) => group.model === name);
    const point = one?.points[at];
    const spend = point?.calls === 0 ? '0' : point?.cost_usd;
    // The hour may have ended between the calls and this.
    if (at === hours.length - 1) expect(cells[index + 1]).toBe(formatMoney(spend));
  }
}

test('Explore', async ({ page, request }) => {
  const groups = await call<SummaryRow[]>(
    request,
    `/api/usage/summary?${params({ user_label: label, group_by: 'model' })}`,
  );
  await open(page, `/explore?range=7d&sub=status&label=${encodeURIComponent(label)}`);
  await expect(page.getByText('adds up to the total')).toBeVisible();
  const table = page.getByRole('table', { name: 'Usage by model' });
  const heads = await table.getByRole('columnheader').allInnerTexts();
  const cell = (row: Locator, head: string) => row.getByRole('cell').nth(heads.indexOf(head));
  const rows = table.getByRole('row');
  await expect(rows).toHaveCount(groups.length + 2);
  for (const group of groups) {
    const row = rows.filter({ hasText: group.model ?? '' }).first();
    if (group.cost_usd === null) await expect(cell(row, 'Spend')).toHaveText('unpriced');
    else expect(await exactAmount(cell(row, 'Spend'))).toBe(parseUsd(group.cost_usd));
    await expect(cell(row, 'Calls')).toHaveText(formatCompact(group.calls));
    expect(await exactCount(cell(row, 'Input'))).toBe(group.total_input_tokens);
    expect(await exactCount(cell(row, 'Output'))).toBe(group.total_output_tokens);
    await expect(cell(row, 'p95')).toHaveText(formatDuration(group.latency_p95_ms));
  }

  // An opened row, by a dimension that the view has no filter for.
  const statuses = await call<SummaryRow[]>(
    request,
    `/api/usage/summary?${params({ user_label: label, model: 'gpt-4o', group_by: 'status' })}`,
  );
  await table.getByRole('button', { name: 'gpt-4o by status' }).click();
  await expect(rows).toHaveCount(groups.length + 2 + statuses.length);
  const settled = rows.filter({ hasText: 'settled' }).first();
  const [counted] = statuses;
  expect(await exactAmount(cell(settled, 'Spend'))).toBe(parseUsd(counted?.cost_usd ?? ''));

  // Percentiles of a time, with that of all calls.
  const [whole] = await call<SummaryRow[]>(
    request,
    `/api/usage/summary?${params({ user_label: label, group_by: 'none', details: 'true' })}`,
  );
  await page.getByRole('combobox', { name: 'Metric' }).selectOption('First byte');
  await page.getByRole('combobox', { name: 'Percentile' }).selectOption('p99');
  await expect(page).toHaveURL(/metric=first-byte-p99/);
  await expect(table.getByRole('columnheader', { name: 'First byte p99' })).toBeVisible();
  await expect(rows.last().getByRole('cell').nth(1)).toHaveText(
    formatDuration(whole?.details?.first_byte_ms.p99),
  );
});

test('Explore by status leads to its calls', async ({ page }) => {
  await open(page, `/explore?range=7d&by=status&label=${encodeURIComponent(label)}`);
  const table = page.getByRole('table', { name: 'Usage by status' });
  await table.getByRole('link', { name: 'settled' }).click();
  await expect(page).toHaveURL(/\/calls\?.*status=settled/);
  await expect(page.getByRole('grid').getByRole('row')).not.toHaveCount(0);
});

test('Calls', async ({ page, request }) => {
  const { data } = await call<Schemas['CallPage']>(
    request,
    `/api/usage/calls?${params({ user_label: label, limit: '50' })}`,
  );
  await open(page, `/calls?range=7d&label=${encodeURIComponent(label)}`);
  const rows = page.getByRole('grid', { name: 'Calls, newest first' }).getByRole('row');
  await expect(rows).toHaveCount(data.length + 1);
  const heads = await rows.first().getByRole('columnheader').allInnerTexts();
  const at = (head: string) => heads.findIndex((text) => text.trim() === head);
  for (const [index, one] of data.entries()) {
    const cells = rows.nth(index + 1).getByRole('gridcell');
    const cost = cells.nth(at('Cost'));
    if (one.cost_usd === null) await expect(cost).toHaveText('unpriced');
    else expect(await exactAmount(cost)).toBe(parseUsd(one.cost_usd));
    await expect(cells.nth(at('Input'))).toHaveText(formatCount(one.input_tokens));
    await expect(cells.nth(at('Output'))).toHaveText(formatCount(one.output_tokens));
  }
});

test('My usage', async ({ page, request }) => {
  const key = await call<Schemas['IssuedKey']>(request, '/api/keys', {
    method: 'post',
    data: { name: 'e2e figures', scopes: ['chat'], user_label: label },
  });
  expect(await chat(request, label, { key: key.secret })).toBe(200);
  expect(await chat(request, label, { key: key.secret, model: 'gpt-4o' })).toBe(200);
  const me = await call<Schemas['Me']>(request, '/api/usage/me', { key: key.secret });
  await open(page, '/me', key.secret);
  for (const [name, usage] of [
    ['Today', me.today],
    ['This month', me.this_month],
  ] as const) {
    const region = page.getByRole('region', { name });
    expect(await exactAmount(region.locator('p').first())).toBe(parseUsd(usage.cost_usd ?? ''));
    await expect(region).toContainText(
      `${usage.calls} calls · ${usage.total_input_tokens} tokens in · ${usage.total_output_tokens} out`,
    );
  }
});

test('Prices, tool fees and model facts', async ({ page, request }) => {
  const now = new Date().toISOString();
  const prices = await call<Schemas['PricePage']>(
    request,
    `/api/prices?${params({ model: 'gpt-4o', service_tier: 'default', at: now })}`,
  );
  const [price] = prices.data;
  await open(page, '/prices?q=gpt-4o');
  const book = page.getByRole('table', { name: 'Prices in effect' });
  const row = book
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name: 'gpt-4o', exact: true }) })
    .filter({ hasText: 'default' });
  const cells = row.first().getByRole('cell');
  await expect(cells.nth(3)).toHaveText(formatMoney(price?.input, 'exact'));
  await expect(cells.nth(5)).toHaveText(formatMoney(price?.output, 'exact'));

  const { data: fees } = await call<Schemas['ToolFeeList']>(request, '/api/prices/fees');
  await page.goto('/prices?list=fees');
  const table = page.getByRole('table', { name: 'Tool fees' });
  await expect(table).toBeVisible();
  const ended = page.getByRole('checkbox', { name: /^Show ended rows/ });
  if ((await ended.count()) > 0) await ended.check();
  await expect(table.getByRole('row')).toHaveCount(fees.length + 1);
  for (const [index, fee] of fees.entries()) {
    const shown = table
      .getByRole('row')
      .nth(index + 1)
      .getByRole('cell');
    await expect(shown.nth(0)).toHaveText(fee.tool);
    await expect(shown.nth(1)).toHaveText(fee.provider);
    const text = fee.cost_usd === null ? 'unknown' : formatMoney(fee.cost_usd, 'exact');
    await expect(shown.nth(3)).toHaveText(text);
  }

  const { data: facts } = await call<Schemas['ModelFactList']>(request, '/api/prices/models');
  await page.goto('/prices?list=models');
  const models = page.getByRole('table', { name: 'Model facts' });
  const [fact] = facts;
  const first = models.getByRole('row').nth(1).getByRole('cell');
  await expect(first.nth(0)).toHaveText(fact?.model ?? '');
  await expect(first.nth(1)).toHaveText(fact?.provider ?? '');
  await expect(first.nth(2)).toHaveText(formatCount(fact?.context_window_tokens ?? 0));
});

test('Reconcile', async ({ page, request }) => {
  await open(page, '/reconcile');
  const table = page.getByRole('table', { name: 'Ledger and provider by day' });
  await expect(table).toBeVisible();
  const today = Date.now();
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const { rows } = await call<Schemas['Reconciliation']>(
    request,
    `/api/usage/reconcile?${params({ from: day(today - 91 * 86_400_000), to: day(today + 86_400_000), group_by: 'day' })}`,
  );
  // Today goes on; days that have ended do not change.
  const ended = rows.filter((row) => row.day < day(today)).toReversed();
  const shown = table.getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
  const skipped = rows.length - ended.length;
  for (const [index, row] of ended.slice(0, 20).entries()) {
    const cells = shown.nth(index + skipped).getByRole('cell');
    for (const [at, amount] of [
      [1, row.ledger?.cost_usd],
      [2, row.provider?.cost_usd],
    ] as const) {
      if (amount == null) await expect(cells.nth(at)).toHaveText('–');
      else expect(await exactAmount(cells.nth(at))).toBe(parseUsd(amount));
    }
  }
});
