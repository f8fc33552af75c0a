// Audit: a change of a limit with its fields, and the filters.
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

test('shows who changed what, field by field', async ({ page, request, browser }) => {
  const errors = collectErrors(page);
  const label = `e2e/audit/${crypto.randomUUID()}`;
  const { id } = await call<components['schemas']['Limit']>(request, '/api/limits', {
    method: 'post',
    data: {
      subject: { kind: 'label', id: label },
      metric: 'usd',
      window: 'month',
      amount: '200',
      mode: 'soft',
    },
  });
  await call(request, `/api/limits/${id}`, { method: 'patch', data: { amount: '250' } });
  await call<void>(request, `/api/limits/${id}`, { method: 'delete' });
  await open(page, '/audit');
  const entries = page.getByRole('listitem').filter({ hasText: label });
  await expect(entries).toHaveCount(3);
  await entries
    .first()
    .getByRole('link', { name: /^History of/ })
    .click();
  await page.getByRole('combobox', { name: 'Action' }).selectOption('update');
  await expect(entries).toHaveCount(1);
  await expect(entries).toContainText(/changed limit .*amount.*200.*250/s);
  expect(page.url()).toContain('action=update');
  await page.getByRole('combobox', { name: 'Action' }).selectOption('revoke');
  await expect(page.getByText('No changes in this range.')).toBeVisible();
  await page.goBack();
  await expect(entries).toHaveCount(1);
  await expectAccessible(page);
  await expectFitsPhone(browser, '/audit', 'Audit');
  expect(errors).toEqual([]);
});
