// Limits: created as a sentence, watched from near the cap to refusing, changed by two at once, deleted.
import type { APIRequestContext } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import {
  call,
  chat,
  collectErrors,
  expect,
  expectAccessible,
  expectFitsPhone,
  open,
  removeLater,
  test,
} from './support';

type Limit = components['schemas']['Limit'];
type LimitPage = components['schemas']['LimitPage'];
type IssuedKey = components['schemas']['IssuedKey'];

const newLabel = () => `e2e/limits/${crypto.randomUUID()}`;

const createLimit = (request: APIRequestContext, label: string, fields: object = {}) =>
  call<Limit>(request, '/api/limits', {
    method: 'post',
    data: {
      subject: { kind: 'label', id: label },
      metric: 'usd',
      window: 'month',
      amount: '5',
      mode: 'hard',
      ...fields,
    },
  });

const remove = (request: APIRequestContext, id: string) =>
  call<void>(request, `/api/limits/${id}`, { method: 'delete' });

test('a limit is created as a sentence and watched until it refuses', async ({ page, request }) => {
  const errors = collectErrors(page);
  const label = newLabel();
  removeLater.limits(label);
  expect(await chat(request, label)).toBe(200);
  await open(page, '/limits');
  await page.getByRole('button', { name: 'New limit' }).first().click();
  const form = page.getByRole('dialog', { name: 'New limit' });
  await form.getByRole('button', { name: 'Create limit' }).click();
  await expect(form.getByText('Choose the label.')).toBeVisible();
  await expectAccessible(page);
  await form.getByLabel('Amount').fill('4');
  await form.getByLabel('Unit').selectOption('requests');
  await form.getByLabel('Window').selectOption('day');
  await form.getByRole('combobox', { name: 'Label' }).fill(label);
  await form.getByLabel('Amount').click();
  await expect(form.getByText('Used today so far: 1 request.')).toBeVisible();
  await form.getByRole('button', { name: 'Create limit' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  const row = page.getByRole('listitem').filter({ hasText: label });
  await expect(row).toContainText('requests per day · hard');
  const { data } = await call<LimitPage>(
    request,
    `/api/limits?subject_kind=label&subject_id=${encodeURIComponent(label)}`,
  );
  expect(data).toHaveLength(1);
  const used = Number(data[0]?.used);
  for (let sent = used; sent < 4; sent += 1) expect(await chat(request, label)).toBe(200);
  expect(await chat(request, label)).toBe(429);
  await page.reload();
  await expect(row).toContainText('Refusing · 1 refused');
  await expect(row.getByRole('meter')).toHaveAttribute('aria-valuenow', '100');
  const show = page.getByRole('radiogroup', { name: 'Show' });
  await show.getByText(/^Near cap/).click();
  await expect(row).toHaveCount(0);
  await show.getByText(/^Refusing/).click();
  await expect(row).toBeVisible();
  expect(page.url()).toContain('show=refusing');

  await row.getByRole('link', { name: label }).click();
  await expect(page.getByRole('heading', { level: 1, name: label })).toBeVisible();
  const events = page.getByRole('region', { name: 'Events', exact: true });
  await expect(events.getByText('first refusal', { exact: true })).toBeVisible();
  await expect(events.getByText('100 % reached')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Delete limit' }).click();
  await expect(page).toHaveURL(/\/limits$/);
  await expect(page.getByRole('listitem').filter({ hasText: label })).toHaveCount(0);
  expect(await chat(request, label)).toBe(200);
  expect(errors).toEqual([]);
});

test('two administrators who edit the same limit see what the other changed', async ({
  page,
  request,
}) => {
  const errors = collectErrors(page, [412]);
  const limit = await createLimit(request, newLabel());
  await open(page, `/limits/${limit.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('dialog', { name: 'Edit limit' });
  await form.getByLabel('Amount').fill('7.50');
  await call(request, `/api/limits/${limit.id}`, { method: 'patch', data: { mode: 'soft' } });
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByRole('alert')).toContainText('This limit was modified');
  await expect(form.getByRole('alert')).toContainText('soft');
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save my changes' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const saved = await call<Limit>(request, `/api/limits/${limit.id}`);
  expect([saved.amount, saved.mode]).toEqual(['7.5', 'soft']);
  await remove(request, limit.id);
  expect(errors).toEqual([]);
});

test('a key that reads usage sees limits and cannot change them', async ({
  page,
  request,
  browser,
}) => {
  const label = newLabel();
  const limit = await createLimit(request, label);
  const reader = await call<IssuedKey>(request, '/api/keys', {
    method: 'post',
    data: { name: 'e2e limits reader', scopes: ['usage:read'], user_label: label },
  });
  await open(page, '/limits', reader.secret);
  await page.getByRole('link', { name: label }).first().click();
  await expect(page.getByRole('heading', { level: 1, name: label })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await expectFitsPhone(browser, '/limits', 'Limits');
  await expectFitsPhone(browser, `/limits/${limit.id}`, `${label} · spend per month`);
  await remove(request, limit.id);
  await call<void>(request, `/api/keys/${reader.id}`, { method: 'delete' });
});
