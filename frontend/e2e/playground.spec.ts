// The Playground against the real stack: an answer that is stopped, a budget that refuses, a key that may only chat.
import type { Page } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { call, expect, open, test } from './support';

async function send(page: Page, label: string | undefined, prompt: string) {
  if (label) await page.getByRole('combobox', { name: 'User label' }).fill(label);
  await page.getByRole('textbox', { name: 'Prompt' }).fill(prompt);
  await page.getByRole('button', { name: 'Send chat' }).click();
}

const answer = (page: Page) => page.getByRole('region', { name: 'Answer' });

test('the receipt of an answer opens from it', async ({ page }) => {
  await open(page, '/playground');
  await send(page, `e2e/${crypto.randomUUID()}`, 'Say hello.');
  await answer(page).getByRole('link', { name: 'Open the receipt' }).click();
  await expect(page).toHaveURL(/\/calls\?.*call=call_/);
});

test('a used-up budget refuses with its reason, and the way to change it', async ({
  page,
  request,
}) => {
  const label = `e2e/${crypto.randomUUID()}`;
  const data = {
    subject: { kind: 'label', id: label },
    metric: 'requests',
    window: 'day',
    amount: 0,
    mode: 'hard',
  };
  await call(request, '/api/limits', { method: 'post', data });
  await open(page, '/playground');
  await send(page, label, 'Say hello.');
  await expect(answer(page).getByRole('alert')).toContainText('quota');
  await answer(page).getByRole('link', { name: 'Open Limits' }).click();
  await expect(page).toHaveURL(/\/limits/);
});

test('a key that may only chat lands on its own page and can send', async ({ page, request }) => {
  const label = `e2e/${crypto.randomUUID()}`;
  const { secret } = await call<components['schemas']['IssuedKey']>(request, '/api/keys', {
    method: 'post',
    data: { name: 'e2e chat only', scopes: ['chat'], user_label: label },
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
