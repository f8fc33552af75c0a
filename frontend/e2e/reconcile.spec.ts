// Reconcile: every one of 92 days has a state, and unknown is shown as unknown.
import type { components } from '../src/api/schema.gen';
import {
  call,
  collectErrors,
  expect,
  expectAccessible,
  expectFitsPhone,
  open,
  test,
} from './support';

test('compares the ledger with the provider, day by day', async ({ page, request, browser }) => {
  const errors = collectErrors(page);
  await call(request, '/api/llm/chat', {
    method: 'post',
    data: { user_label: 'e2e/reconcile', model: 'gpt-4o-mini', prompt: 'Count the tokens.' },
  });
  await open(page, '/reconcile');
  const strip = page.getByRole('list', { name: 'Days, oldest first' });
  await expect(strip.getByRole('button')).toHaveCount(92);
  await strip.getByRole('button').last().click();
  const table = page.getByRole('table', { name: 'Ledger and provider by day' });
  await expect(
    table.getByRole('listitem').filter({ hasText: 'gpt-4o-mini' }).first(),
  ).toBeVisible();
  await page.getByRole('radiogroup', { name: 'Provider' }).getByText('Anthropic').click();
  await expect(page).toHaveURL(/provider=anthropic/);
  await expect(
    page.getByText('Calls of Anthropic, in days of UTC as it counts them.'),
  ).toBeVisible();
  await expect(strip.getByRole('button')).toHaveCount(92);
  await expectAccessible(page);
  await expectFitsPhone(browser, '/reconcile?provider=anthropic', 'Reconcile');
  expect(errors).toEqual([]);
});

test('is not offered to a key that is bound to a label', async ({ page, request }) => {
  const bound = await call<components['schemas']['IssuedKey']>(request, '/api/keys', {
    method: 'post',
    data: { name: 'e2e reconcile', scopes: ['usage:read'], user_label: 'e2e/reconcile' },
  });
  await open(page, '/reconcile', bound.secret);
  await expect(page.getByText('Your key may not open this page.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Reconcile' })).toHaveCount(0);
  await call<void>(request, `/api/keys/${bound.id}`, { method: 'delete' });
});
