// The main path through the real stack: sign in, send a chat, see it counted.
import type { APIRequestContext, Page } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { formatCount } from '../src/lib/format';
import { formatUsd, parseUsd } from '../src/lib/money';
import { call, collectErrors, exactAmount, expect, expectAccessible, test } from './support';

type SummaryRow = components['schemas']['SummaryRow'];

const MODEL = 'gpt-4o-mini';

function adminKey(): string {
  const key = process.env.E2E_ADMIN_KEY;
  if (!key)
    throw new Error('E2E_ADMIN_KEY is not set: set it to an admin key of the stack under test');
  return key;
}

async function summaryOf(request: APIRequestContext, label: string): Promise<SummaryRow[]> {
  const rows = await call<SummaryRow[]>(request, '/api/usage/summary');
  return rows.filter((row) => row.user_label === label);
}

async function fact(page: Page, name: string): Promise<string> {
  const answer = page.getByRole('region', { name: 'Answer' });
  const term = answer.getByRole('term').filter({ hasText: name });
  return (await term.locator('xpath=following-sibling::dd').innerText()).trim();
}

/** Sends a chat in the Playground and waits until the ledger has it. */
async function sendChat(page: Page, label: string, prompt: string) {
  await page.goto('/playground');
  await page.getByRole('combobox', { name: 'User label' }).fill(label);
  await page.getByRole('combobox', { name: 'Model' }).fill(MODEL);
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
  await page.getByRole('textbox', { name: 'Prompt' }).press('Control+Enter');
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText('In the ledger');
}

test('Explore counts a chat as the API does', async ({ page, request }) => {
  const errors = collectErrors(page);
  const label = `e2e/${crypto.randomUUID()}`;

  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in$/);
  await expectAccessible(page);
  await page.getByLabel('Tokenmeter key').fill(adminKey());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();

  await sendChat(page, label, 'Count the tokens of this sentence.');

  const [counted, ...others] = await summaryOf(request, label);
  expect(others).toEqual([]);
  if (!counted?.cost_usd) throw new Error('the summary has no priced row for the call');

  expect(counted).toMatchObject({ model: MODEL, calls: 1, failed_calls: 0, unpriced_calls: 0 });
  expect(counted.total_input_tokens).toBeGreaterThan(0);
  expect(counted.total_output_tokens).toBeGreaterThan(0);
  expect(parseUsd(counted.cost_usd)).toBeGreaterThan(0n);

  const input = formatCount(counted.total_input_tokens);
  const output = formatCount(counted.total_output_tokens);
  expect(await fact(page, 'Input tokens')).toBe(input);
  expect(await fact(page, 'Output tokens')).toBe(output);
  expect(await fact(page, 'Cost')).toBe(formatUsd(counted.cost_usd));
  await expectAccessible(page);

  await page.goto(`/explore?by=label&label=${encodeURIComponent(label)}`);
  const row = page.getByRole('row').filter({ hasText: label });
  await expect(row).toHaveCount(1);
  const cells = row.getByRole('cell');
  expect(await exactAmount(cells.nth(1))).toBe(parseUsd(counted.cost_usd));
  await expect(cells.nth(4)).toHaveText('1');
  await expect(cells.nth(5)).toHaveText(input);
  await expect(cells.nth(6)).toHaveText(output);

  await expectAccessible(page);
  expect(errors).toEqual([]);
});

test('a sign-in link signs in and leaves no trace of the key in the URL', async ({ page }) => {
  const errors = collectErrors(page);
  await page.goto(`/sign-in#key=${adminKey()}`);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  const seen = await page.evaluate(() => [
    location.href,
    JSON.stringify(history.state),
    ...performance.getEntriesByType('resource').map((entry) => entry.name),
    JSON.stringify({ ...localStorage }),
    document.cookie,
  ]);
  expect(seen.join('\n')).not.toContain(adminKey());

  await page.reload();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.getByRole('button', { name: 'Key and settings' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/sign-in$/);
  await page.goto('/');
  await expect(page).toHaveURL(/\/sign-in$/);
  expect(errors).toEqual([]);
});

test('a sign-in link asks before it replaces a session', async ({ page }) => {
  await page.goto(`/sign-in#key=${adminKey()}`);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  const key = () => page.evaluate(() => sessionStorage.getItem('tokenmeter.key'));
  await page.goto('/#key=tm_fromsomebodyelse');
  const dialog = page.getByRole('dialog', { name: 'Switch to another key?' });
  await expect(dialog).toBeVisible();
  expect(page.url()).not.toContain('tm_fromsomebodyelse');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: /^Keep/ }).click();
  await expect(dialog).toHaveCount(0);
  expect(await key()).toBe(adminKey());
});

test('the page is accessible in dark colours and on a phone', async ({ browser }) => {
  const context = await browser.newContext({
    colorScheme: 'dark',
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await page.goto(`/sign-in#key=${adminKey()}`);
  await sendChat(page, 'e2e/phone', 'Hello.');
  await expectAccessible(page);
  await page.goto('/');
  await expect(page.getByRole('region', { name: 'Totals' })).toContainText('$');
  await expectAccessible(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  await context.close();
});
