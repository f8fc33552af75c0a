// What the browser tests of pages share: requests of an administrator, a signed-in page, checks of every page, and the
// removal of what a test has made, so that no other test and no reader of the same stack meets it.
import AxeBuilder from '@axe-core/playwright';
import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import type { components } from '../src/api/schema.gen';
import { parseUsd } from '../src/lib/money';

const API_URL = process.env.E2E_API_URL ?? 'http://localhost:8000';
const ADMIN_KEY = process.env.E2E_ADMIN_KEY ?? '';

interface RequestOptions {
  /** The key that sends it; default the administrator's. */
  key?: string;
  method?: 'get' | 'post' | 'patch' | 'delete';
  data?: unknown;
}

/** The body of a successful response. */
export async function call<T>(
  request: APIRequestContext,
  path: string,
  { key = ADMIN_KEY, method = 'get', data }: RequestOptions = {},
): Promise<T> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await request.fetch(`${API_URL}${path}`, { method, headers, data });
  expect(response.ok(), `${method} ${path}: ${await response.text()}`).toBe(true);
  if (response.status() === 204) return undefined as T;
  const body = await response.json();
  if (method === 'post' && REMOVABLE.has(path)) leftovers.add(`${path}/${body.id}`);
  return body;
}

type Schemas = components['schemas'];

/** What a test created and has not removed yet. */
const leftovers = new Set<string>();
const unpriced = new Set<string>();
const REMOVABLE = new Set(['/api/keys', '/api/limits']);

/** For what a test makes on the page. */
export const removeLater = {
  keys: (name: string) => leftovers.add(`/api/keys?name=${encodeURIComponent(name)}`),
  limits: (label: string) =>
    leftovers.add(`/api/limits?subject_kind=label&subject_id=${encodeURIComponent(label)}`),
  /** A model whose calls have no price asks for one on every start page, until it has one. */
  unpriced: (model: string) => unpriced.add(model),
};

async function remove(request: APIRequestContext, path: string) {
  const [list = '', query] = path.split('?');
  const { data } = query
    ? await call<{ data: { id: string }[] }>(request, path)
    : { data: [{ id: list.split('/').at(-1) ?? '' }] };
  const folder = query ? list : list.slice(0, list.lastIndexOf('/'));
  for (const { id } of data) {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const response = await request.delete(`${API_URL}${folder}/${id}`, { headers });
    // Most tests have removed it themselves, as part of what they test.
    expect([204, 404, 409], await response.text()).toContain(response.status());
  }
}

async function priceOnce(request: APIRequestContext, model: string) {
  // Some tests have priced it, as part of what they test.
  const { data } = await call<Schemas['PricePage']>(request, `/api/prices?model=${model}`);
  if (data.length > 0) return;
  const price = { model, effective_from: '2026-01-01T00:00:00Z', input: '1', output: '2' };
  const post = (data: object) => ({ method: 'post', data }) as const;
  const { preview } = await call<Schemas['PricePreview']>(
    request,
    '/api/prices/preview',
    post(price),
  );
  await call(request, '/api/prices/apply', post({ ...price, preview }));
}

export const test = base.extend<{ removal: undefined }>({
  removal: [
    async ({ request }, use) => {
      await use(undefined);
      for (const path of leftovers) await remove(request, path);
      for (const model of unpriced) await priceOnce(request, model);
      leftovers.clear();
      unpriced.clear();
    },
    { auto: true },
  ],
});

export { expect };

/** All digits of an amount: its title where the text is rounded. */
export async function exactAmount(within: Locator): Promise<bigint> {
  const money = within.locator('span').first();
  const text = (await money.getAttribute('title')) ?? (await money.innerText());
  return pico(text);
}

/** Pico-USD of an amount as a page writes it. */
export const pico = (text: string) => parseUsd(text.replace(/[$,+≤\s]/g, '').replace('−', '-'));

/** Sends a chat and returns the status of its response. */
export async function chat(
  request: APIRequestContext,
  label: string,
  { key = ADMIN_KEY, model = 'gpt-4o-mini' } = {},
) {
  const response = await request.post(`${API_URL}/api/llm/chat`, {
    headers: { authorization: `Bearer ${key}` },
    data: { user_label: label, model, prompt: 'Count the tokens.' },
  });
  return response.status();
}

/** Pages of the context, or the page, start with a session. */
export const signIn = (pages: Page | BrowserContext, key = ADMIN_KEY) =>
  pages.addInitScript((secret) => sessionStorage.setItem('tokenmeter.key', secret), key);

export async function open(page: Page, path: string, key = ADMIN_KEY) {
  await signIn(page, key);
  await page.goto(path);
}

/** Console and page errors, including blocked styles and scripts. Expected statuses are no errors of the page. */
export function collectErrors(page: Page, expectedStatuses: readonly number[] = []): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    const isExpected = expectedStatuses.some((status) => message.text().includes(`${status}`));
    if (message.type() === 'error' && !isExpected) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

export async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
}

/** Opens a path in dark colours on a phone: accessible, and nothing sticks out sideways. */
export async function expectFitsPhone(browser: Browser, path: string, heading: string) {
  const context = await browser.newContext({
    colorScheme: 'dark',
    viewport: { width: 390, height: 844 },
  });
  const page = await context.newPage();
  await open(page, path);
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
  await expectAccessible(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  await context.close();
}
