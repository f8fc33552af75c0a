// The Playground against the real stack: an answer that is stopped, a budget that refuses, a key that may only chat.
import { expect, type Page, test } from '@playwright/test';

const API_URL = process.env.E2E_API_URL ?? 'http://localhost:8000';

function adminKey(): string {
  const key = process.env.E2E_ADMIN_KEY;
  if (!key) throw new Error('E2E_ADMIN_KEY is not set');
  return key;
}

async function post(page: Page, path: string, data: unknown) {
  const headers = { authorization: `Bearer ${adminKey()}` };
  const response = await page.request.post(API_URL + path, { headers, data });
  expect(response.status(), await response.text()).toBe(201);
  return response.json();
}

async function send(page: Page, label: string | undefined, prompt: string) {
  if (label) await page.getByRole('combobox', { name: 'User label' }).fill(label);
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
  await page.getByRole('button', { name: 'Send chat' }).click();
}

const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });

test('the receipt of an answer opens from it', async ({ page }) => {
  await page.goto(`/sign-in#key=${adminKey()}`);
  await page.goto('/playground');
  await send(page, `e2e/${crypto.randomUUID()}`, 'Say hello.');
  await answer(page).getByRole('link', { name: 'Open the receipt' }).click();
  await expect(page).toHaveURL(/\/calls\?.*call=call_/);
});

test('a used-up budget refuses with its reason, and the way to change it', async ({ page }) => {
  const label = `e2e/${crypto.randomUUID()}`;
  await post(page, '/api/limits', {
    subject: { kind: 'label', id: label },
    metric: 'requests',
    window: 'day',
    amount: 0,
    mode: 'hard',
  });
  await page.goto(`/sign-in#key=${adminKey()}`);
  await page.goto('/playground');
  await send(page, label, 'Say hello.');
  await expect(answer(page).getByRole('alert')).toContainText('quota');
  await answer(page).getByRole('link', { name: 'Open Limits' }).click();
  await expect(page).toHaveURL(/\/limits/);
});

test('a key that may only chat lands on its own page and can send', async ({ page }) => {
  const label = `e2e/${crypto.randomUUID()}`;
  const { secret } = await post(page, '/api/keys', {
    name: 'e2e chat only',
    scopes: ['chat'],
    user_label: label,
  });
  await page.goto(`/sign-in#key=${secret}`);
  await expect(page).toHaveURL(/\/me$/);
  await expect(page.getByRole('heading', { name: 'My usage' })).toBeVisible();
  await page.goto('/playground');
  await send(page, undefined, 'Say hello.');
  await expect(answer(page)).toContainText('Only keys that read usage see the cost.');
  await page.goto('/me');
  await expect(page.getByRole('region', { name: 'Today' })).toContainText('1 call');
});
