// Every page in every state: full, loading, failed, empty, partly failed, and with the longest names. The stack cannot
// be slow, fail or be empty at will, so these states come from its responses being held, replaced by a failure or
// changed on their way to the page. `npm run sweep`: several hundred checks, too many for every run of CI.
import { expect, type Page, type Route, test } from '@playwright/test';
import type { DashboardPage } from '../pages';
import { collectErrors, signIn } from '../support';
import { counted, expectStrictPolicy, sweep } from './checks';
import { onEveryPage } from './pool';

interface State {
  /** What happens to a request; the key's own scopes always arrive, since they decide what a page is. */
  respond: (route: Route) => Promise<void>;
  /** Statuses that the console may report. */
  statuses?: number[];
  /** Whether the page has reached the state. */
  settled: (page: Page) => Promise<void>;
}

const fail = (route: Route) =>
  route.fulfill({
    status: 500,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      detail: 'The database did not respond in time. Try again.',
      code: 'internal_error',
      request_id: 'req_0123456789abcdef',
    }),
  });

type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

async function changed(route: Route, change: (body: Json) => Json) {
  const response = await route.fetch();
  if (!response.ok() || response.status() === 204) return route.fulfill({ response });
  return route.fulfill({ response, json: change(await response.json()) });
}

/** All lists empty; objects keep their other fields. */
function emptied(body: Json): Json {
  if (Array.isArray(body) || body === null || typeof body !== 'object') return [];
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [
      field,
      Array.isArray(value) ? [] : field === 'next_cursor' ? null : value,
    ]),
  );
}

const NAMES = new Set(['user_label', 'key_name', 'name', 'actor_name', 'model']);
const LONGEST = 128;

/** Every name as long as the API allows, half of it without a place to break. */
function lengthened(body: Json): Json {
  if (Array.isArray(body)) return body.map(lengthened);
  if (body === null || typeof body !== 'object') return body;
  return Object.fromEntries(
    Object.entries(body).map(([field, value]) => [
      field,
      NAMES.has(field) && typeof value === 'string'
        ? `${value}/${'計測器の長い名前'.repeat(4)}/${'very-long-name_'.repeat(9)}`.slice(
            0,
            LONGEST,
          )
        : lengthened(value),
    ]),
  );
}

const isLoaded = (page: Page) =>
  expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
const isAlarmed = (page: Page) => expect(page.getByRole('alert').first()).toBeVisible();
const isPart = (url: string) => /timeseries|events|revisions|health|group_by=model/.test(url);

const STATES: Record<string, State> = {
  full: { respond: (route) => route.continue(), settled: isLoaded },
  loading: {
    respond: async () => {},
    settled: (page) => expect(page.getByRole('heading', { level: 1 })).toBeVisible(),
  },
  error: { respond: fail, statuses: [500], settled: isAlarmed },
  empty: {
    respond: (route) => changed(route, emptied),
    statuses: [404],
    settled: isLoaded,
  },
  partial: {
    respond: (route) => (isPart(route.request().url()) ? fail(route) : route.continue()),
    statuses: [500],
    settled: isLoaded,
  },
  'longest names': { respond: (route) => changed(route, lengthened), settled: isLoaded },
};

/** Pages that show a form before anything is asked of the API. */
const ASKS_NOTHING = new Set(['playground', 'me']);

async function findings(page: Page, { path, heading }: DashboardPage, state: State) {
  const errors = collectErrors(page, state.statuses);
  await page.route(
    (url) => url.pathname.startsWith('/api/') && url.pathname !== '/api/usage/me',
    state.respond,
  );
  const response = await page.goto(path);
  expectStrictPolicy(response?.headers() ?? {});
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  await state.settled(page);
  const found: Record<string, unknown> = await sweep(page, () => state.settled(page));
  if (errors.length > 0) found.console = errors;
  return found;
}

for (const [name, state] of Object.entries(STATES)) {
  test(`every page, ${name}`, async ({ browser, request }) => {
    const before = counted.pictures;
    const found = await onEveryPage(browser, request, async (page, shown) =>
      name === 'error' && ASKS_NOTHING.has(shown.name)
        ? {}
        : findings(page, name === 'longest names' ? { ...shown, heading: /./ } : shown, state),
    );
    process.stdout.write(`${name}: ${counted.pictures - before} pictures\n`);
    expect(found).toEqual({});
  });
}

test('pages without a session or a scope', async ({ browser }) => {
  const pages = [
    ['/sign-in', 'Sign in', undefined],
    ['/audit', /may not open|Audit/, process.env.E2E_CHAT_KEY],
    ['/no-such-page', /./, process.env.E2E_CHAT_KEY],
  ] as const;
  const all: Record<string, unknown> = {};
  const before = counted.pictures;
  for (const [path, heading, key] of pages) {
    const context = await browser.newContext({ reducedMotion: 'reduce' });
    if (key !== undefined) await signIn(context, key);
    const page = await context.newPage();
    const errors = collectErrors(page);
    await page.goto(path);
    const shown = () =>
      expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await shown();
    const found = await sweep(page, shown);
    if (Object.keys(found).length > 0 || errors.length > 0) all[path] = { ...found, errors };
    await context.close();
  }
  process.stdout.write(`without a session or a scope: ${counted.pictures - before} pictures\n`);
  expect(all).toEqual({});
});
