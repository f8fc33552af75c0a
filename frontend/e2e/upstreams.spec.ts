// Upstreams: registered from a known server, changed by two at once, used, removed.
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

type Upstream = components['schemas']['Upstream'];

test('an upstream is registered, edited by two at once, and removed', async ({
  browser,
  page,
  request,
}) => {
  const errors = collectErrors(page, [412, 422]);
  const name = `e2e-${crypto.randomUUID().slice(0, 8)}`;
  await open(page, '/upstreams');
  await page.getByRole('button', { name: 'New upstream' }).first().click();
  const form = page.getByRole('dialog', { name: 'New upstream' });
  await form.getByRole('button', { name: 'Add upstream' }).click();
  await expect(form.getByText(/^Enter lower-case letters/)).toBeVisible();
  await form.getByRole('button', { name: 'Groq' }).click();
  await expect(form.getByLabel('Server')).toHaveValue('https://api.groq.com/openai/v1');
  await expectAccessible(page);
  // The server refuses what the form cannot know: a name that belongs to the dashboard.
  await form.getByLabel('Name').fill('limits');
  await form.getByRole('button', { name: 'Add upstream' }).click();
  await expect(form.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
  await form.getByLabel('Name').fill(name);
  await form.getByRole('button', { name: 'Add upstream' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText(`/${name}/v1`);
  await expect(row).toContainText(`UPSTREAM_${name.toUpperCase().replaceAll('-', '_')}_KEY`);
  const stored = await call<Upstream>(request, `/api/upstreams/${name}`);
  expect(stored).toMatchObject({ base_url: 'https://api.groq.com/openai/v1', wire: 'openai' });

  await row.getByRole('button', { name: `Edit ${name}` }).click();
  const edit = page.getByRole('dialog', { name: `Edit ${name}` });
  await edit.getByLabel('Prices of provider').fill('groq');
  await call(request, `/api/upstreams/${name}`, {
    method: 'patch',
    data: { base_url: 'https://eu.example/v1' },
  });
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(edit.getByText('https://eu.example/v1')).toBeVisible();
  await edit.getByRole('button', { name: 'Discard mine and use these values' }).click();
  await edit.getByLabel('Prices of provider').fill('groq');
  await edit.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await call<Upstream>(request, `/api/upstreams/${name}`)).toMatchObject({
    base_url: 'https://eu.example/v1',
    price_provider: 'groq',
  });

  await row.getByRole('button', { name: `Remove ${name}` }).click();
  await page.getByRole('button', { name: 'Remove upstream' }).click();
  await expect(row).toHaveCount(0);
  await expectFitsPhone(browser, '/upstreams', 'Upstreams');
  expect(errors).toEqual([]);
});

test('a model route is added, put in another order, and removed', async ({ page, request }) => {
  const errors = collectErrors(page, [422]);
  const model = `e2e-route-${crypto.randomUUID().slice(0, 8)}`;
  await open(page, '/upstreams');
  await page.getByRole('button', { name: 'New route' }).click();
  const form = page.getByRole('dialog', { name: 'New model route' });
  await form.getByRole('button', { name: 'Add route' }).click();
  await expect(form.getByText(/^Enter the name that callers send/)).toBeVisible();
  await expectAccessible(page);
  await form.getByRole('textbox', { name: 'Name', exact: true }).fill(model);
  const names = form.getByLabel('Its name for the model');
  await names.first().fill('gpt-4o');
  await form.getByRole('button', { name: 'Add target' }).click();
  await names.last().fill('gpt-4o-mini');
  await form.getByLabel('Seconds').last().fill('20');
  await form.getByRole('button', { name: 'Add route' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const row = page.getByRole('row').filter({ hasText: model });
  await expect(row).toContainText('gpt-4o at openai → gpt-4o-mini at openai (20 s)');

  await row.getByRole('button', { name: `Edit ${model}` }).click();
  await page.getByRole('button', { name: 'Move target 2 up' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(row).toContainText('gpt-4o-mini at openai (20 s) → gpt-4o at openai');
  const { data } = await call<{ data: components['schemas']['ModelRoute'][] }>(
    request,
    '/api/model-routes',
  );
  expect(data.find((route) => route.model === model)?.targets).toEqual([
    { upstream: 'openai', model: 'gpt-4o-mini', timeout_seconds: 20 },
    { upstream: 'openai', model: 'gpt-4o', timeout_seconds: null },
  ]);

  await row.getByRole('button', { name: `Remove ${model}` }).click();
  await page.getByRole('button', { name: 'Remove route' }).click();
  await expect(row).toHaveCount(0);
  expect(errors).toEqual([]);
});
