// Keys: created, shown once, used, rotated, revoked; two administrators at once; keys that may not look.
import type { APIRequestContext, Page } from '@playwright/test';
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

type IssuedKey = components['schemas']['IssuedKey'];
type ApiKey = components['schemas']['ApiKey'];

const newName = () => `e2e key ${crypto.randomUUID()}`;

const createKey = (request: APIRequestContext, fields: object = {}) =>
  call<IssuedKey>(request, '/api/keys', {
    method: 'post',
    data: { name: newName(), scopes: ['chat'], ...fields },
  });

async function shownSecret(page: Page): Promise<string> {
  return (await page.getByRole('dialog').locator('code').first().innerText()).trim();
}

test('a key is created, shown once, used, rotated and revoked', async ({ page, request }) => {
  test.slow();
  const errors = collectErrors(page);
  const name = newName();
  removeLater.keys(name);
  const label = `e2e/keys/${crypto.randomUUID()}`;
  await open(page, '/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  const form = page.getByRole('dialog', { name: 'New key' });
  await expect(form.getByLabel('Name')).toBeFocused();
  await form.getByRole('button', { name: 'Create key' }).click();
  await expect(form.getByText('Enter a name.')).toBeVisible();
  await expectAccessible(page);
  await form.getByLabel('Name').fill(name);
  await form.getByRole('combobox', { name: 'Label', exact: true }).fill(label);
  // Esc closes the list of suggestions, not the form.
  await page.keyboard.press('Escape');
  await expect(form).toBeVisible();
  await form.getByRole('button', { name: 'Create key' }).click();

  const created = page.getByRole('dialog', { name: `Key “${name}” is created` });
  await expect(created).toBeVisible();
  await expectAccessible(page);
  const first = await shownSecret(page);
  expect(await chat(request, label, { key: first })).toBe(200);
  await page.keyboard.press('Escape');
  await expect(created.getByText('Close without copying?')).toBeVisible();
  await created.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await page.content()).not.toContain(first);

  await page.getByLabel('Search by name').fill(name);
  await expect(page.getByRole('row')).toHaveCount(2);
  await page.getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  // A call after the minute in which the page was opened comes with its next heartbeat.
  await expect(page.getByText('in 1 call')).toBeVisible({ timeout: 45_000 });

  await page.getByRole('button', { name: 'Rotate' }).click();
  const rotate = page.getByRole('dialog', { name: `Rotate “${name}”` });
  await expect(rotate.getByText(/^The old secret works until/)).toBeVisible();
  await rotate.getByText('Now', { exact: true }).click();
  await rotate.getByRole('button', { name: 'Create new secret' }).click();
  await expect(page.getByRole('dialog', { name: `Key “${name}” has a new secret` })).toBeVisible();
  const second = await shownSecret(page);
  expect(second).not.toBe(first);
  expect(await chat(request, label, { key: first })).toBe(401);
  expect(await chat(request, label, { key: second })).toBe(200);
  await page.getByRole('button', { name: 'I have it' }).click();

  await page.getByRole('button', { name: 'Revoke' }).click();
  const revoke = page.getByRole('dialog', { name: `Revoke “${name}”` });
  await expect(revoke.getByText(/2 calls today/)).toBeVisible();
  await revoke.getByRole('textbox').fill('another name');
  await revoke.getByRole('button', { name: 'Revoke key' }).click();
  await expect(revoke.getByText('This is not the name of the key.')).toBeVisible();
  await revoke.getByRole('textbox').fill(name);
  await revoke.getByRole('button', { name: 'Revoke key' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('definition').filter({ hasText: 'revoked' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Rotate' })).toHaveCount(0);
  await expect(page.getByRole('listitem').filter({ hasText: 'revoked the key' })).toBeVisible();
  expect(await chat(request, label, { key: second })).toBe(401);
  await expectAccessible(page);
  expect(errors).toEqual([]);
});

test('two administrators who edit the same key see what the other changed', async ({
  page,
  request,
}) => {
  const errors = collectErrors(page, [412]);
  const key = await createKey(request);
  const theirs = newName();
  await open(page, `/keys/${key.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Read usage').check();
  await call(request, `/api/keys/${key.id}`, { method: 'patch', data: { name: theirs } });
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByRole('alert')).toContainText('This key was modified');
  await expect(form.getByRole('alert')).toContainText(theirs);
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Save my changes' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: theirs })).toBeVisible();
  const saved = await call<ApiKey>(request, `/api/keys/${key.id}`);
  expect([saved.name, [...saved.scopes].sort()]).toEqual([theirs, ['chat', 'usage:read']]);
  await call(request, `/api/keys/${key.id}`, { method: 'delete' });
  expect(errors).toEqual([]);
});

test('a key that reads usage may not open keys; unknown keys are named', async ({
  page,
  request,
  browser,
}) => {
  const reader = await createKey(request, { scopes: ['usage:read'] });
  await open(page, '/keys', reader.secret);
  await expect(page.getByText('Your key may not open this page.')).toBeVisible();
  await expect(page.getByText('It needs the scope admin.')).toBeVisible();
  await expectFitsPhone(browser, '/keys', 'Keys');
  await expectFitsPhone(browser, `/keys/${reader.id}`, reader.name);
  await call(request, `/api/keys/${reader.id}`, { method: 'delete' });
  const admin = await browser.newPage();
  await open(admin, '/keys/key_0198c0de0000700080000000deadbeef');
  await expect(admin.getByText('No such key, or your key may not see it.')).toBeVisible();
  await admin.close();
});
