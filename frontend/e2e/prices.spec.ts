// Prices: a model without one is priced as an invoice difference, corrected while others correct, and undone.
import type { APIRequestContext } from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import {
  call,
  collectErrors,
  expect,
  expectAccessible,
  expectFitsPhone,
  open,
  removeLater,
  test,
} from './support';

type Schemas = components['schemas'];

const FROM = '2026-01-01T00:00:00Z';

async function unpricedModel(request: APIRequestContext): Promise<string> {
  const model = `e2e-prices-${crypto.randomUUID()}`;
  removeLater.unpriced(model);
  await call(request, '/api/llm/chat', {
    method: 'post',
    data: { user_label: 'e2e/prices', model, prompt: 'Count the tokens.' },
  });
  return model;
}

/** Prices a model by the API, as another administrator would. */
async function setPrice(request: APIRequestContext, model: string, input: string) {
  const data = { model, effective_from: FROM, input, output: '2' };
  const { preview } = await call<Schemas['PricePreview']>(request, '/api/prices/preview', {
    method: 'post',
    data,
  });
  await call(request, '/api/prices/apply', { method: 'post', data: { ...data, preview } });
}

test('a model without a price is priced, and the correction undone', async ({ page, request }) => {
  const errors = collectErrors(page, [409, 412]);
  const model = await unpricedModel(request);
  await open(page, '/prices');
  await expect(page.getByRole('region', { name: 'Calls without a price' })).toBeVisible();
  await expectAccessible(page);

  await page.goto(`/prices/${model}`);
  await page.getByRole('button', { name: 'Set price' }).click();
  const form = page.getByRole('dialog', { name: `Set price of ${model}` });
  await form.getByRole('button', { name: 'Preview' }).click();
  await expect(form.getByText('Enter the input rate.')).toBeVisible();
  await expectAccessible(page);
  await form.getByRole('textbox', { name: 'Input', exact: true }).fill('1000');
  await form.getByRole('textbox', { name: 'Output', exact: true }).fill('1000');
  await form.getByRole('button', { name: 'Preview' }).click();
  const invoice = page.getByRole('dialog', { name: `Preview: price of ${model}` });
  await expect(invoice.getByText('1 call without a price get')).toBeVisible();
  await expect(invoice.getByText('Nothing has changed yet.')).toBeVisible();
  await expectAccessible(page);

  // Another administrator is faster: the figures of the preview are no longer true.
  await setPrice(request, model, '500');
  await invoice.getByRole('button', { name: /^Apply \+\$/ }).click();
  await expect(invoice.getByRole('alert')).toContainText('The figures have moved');
  await invoice.getByRole('button', { name: /^Apply/ }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);

  const corrections = page.getByRole('region', { name: 'Corrections', exact: true });
  await expect(corrections.getByText('applied', { exact: true })).toHaveCount(2);
  await expect(page.getByText('in effect', { exact: true })).toHaveCount(1);
  await corrections
    .getByRole('button', { name: /^Undo correction/ })
    .first()
    .click();
  await page.getByRole('button', { name: /^Undo: / }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(corrections.getByText(/^undone by #/)).toHaveCount(1);
  const { data } = await call<Schemas['PricePage']>(request, `/api/prices?model=${model}`);
  expect(data.map(({ input }) => input)).toEqual(['500']);
  expect(errors).toEqual([]);
});

test('a planned price is added and removed again', async ({ page, request, browser }) => {
  const model = await unpricedModel(request);
  await setPrice(request, model, '1');
  await open(page, `/prices/${model}`);
  await page.getByRole('button', { name: 'Change price' }).click();
  const form = page.getByRole('dialog', { name: `Set price of ${model}` });
  await form.getByLabel(/^In effect from/).fill('2099-01-01T00:00');
  await form.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('button', { name: 'Add this price' }).click();
  await expect(page.getByText('planned', { exact: true })).toBeVisible();
  await expectFitsPhone(browser, `/prices/${model}`, model);
  await page.getByRole('button', { name: /^Remove price/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove price' }).click();
  await expect(page.getByText('planned', { exact: true })).toHaveCount(0);
  await expectFitsPhone(browser, '/prices', 'Prices');
});

test('a tool fee is planned and removed again', async ({ page, request }) => {
  const errors = collectErrors(page);
  const model = `e2e-fees-${crypto.randomUUID()}`;
  const fees = async () => {
    const { data } = await call<Schemas['ToolFeeList']>(request, '/api/prices/fees');
    return data.filter((fee) => fee.model === model);
  };
  await open(page, '/prices?list=fees');
  await page.getByRole('button', { name: 'New fee' }).click();
  const form = page.getByRole('dialog', { name: 'New tool fee' });
  await form.getByRole('button', { name: 'Add fee' }).click();
  await expect(form.getByText(/^Enter what limits reserve/)).toBeVisible();
  await expectAccessible(page);
  await form.getByRole('combobox', { name: 'Tool' }).selectOption('file_search');
  await form.getByRole('textbox', { name: 'Model' }).fill(model);
  await form.getByLabel(/^In effect from/).fill('2099-01-01T00:00');
  await form.getByRole('textbox', { name: 'Fee, USD per use' }).fill('0.000000000001');
  await form.getByRole('button', { name: 'Add fee' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const row = page.getByRole('row').filter({ hasText: model });
  await expect(row.getByText('planned', { exact: true })).toBeVisible();
  expect((await fees()).map(({ cost_usd: cost }) => cost)).toEqual(['0.000000000001']);

  await row.getByRole('button', { name: `Remove file_search of openai, ${model}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove fee' }).click();
  await expect(row).toHaveCount(0);
  expect(await fees()).toEqual([]);
  expect(errors).toEqual([]);
});
