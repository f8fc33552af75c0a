// What the browser tests of pages share: requests of an administrator, a signed-in page, checks of every page.
import AxeBuilder from '@axe-core/playwright';
import {
  type APIRequestContext,
  type Browser,
  type BrowserContext,
  expect,
  type Page,
} from '@playwright/test';

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
  return response.status() === 204 ? (undefined as T) : await response.json();
}

/** Sends a chat and returns the status of its response. */
export async function chat(request: APIRequestContext, label: string, key = ADMIN_KEY) {
  const response = await request.post(`${API_URL}/api/llm/chat`, {
    headers: { authorization: `Bearer ${key}` },
    data: { user_label: label, model: 'gpt-4o-mini', prompt: 'Count the tokens.' },
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
