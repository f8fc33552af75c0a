// Every page in every state, colour scheme and width: accessible (WCAG 2.2 AA), no error in the console, nothing that
// sticks out sideways. Full pages are the stack's own. The stack cannot be slow, fail or be empty at will, so these
// states come from its responses being held, replaced by a failure, or emptied on their way to the page.
// `npm run sweep`: several hundred checks, too many for every run of CI.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, type Route, test } from '@playwright/test';
import { type DashboardPage, dashboardPages, PAGE_NAMES } from '../pages';
import { collectErrors, open } from '../support';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const NARROWEST = 320;

interface State {
  /** What happens to a request; the key's own scopes always arrive, since they decide what a page is. */
  answer: (route: Route) => Promise<void>;
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

/** The response of the stack with all lists empty: objects keep their other fields. */
async function empty(route: Route) {
  const response = await route.fetch();
  const body: unknown = await response.json();
  const emptied = Array.isArray(body)
    ? []
    : Object.fromEntries(
        Object.entries(body as object).map(([field, value]) => [
          field,
          Array.isArray(value) ? [] : field === 'next_cursor' ? null : value,
        ]),
      );
  await route.fulfill({ response, json: response.ok() ? emptied : body });
}

const isLoaded = async (page: Page) => {
  await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0);
};
const isAlarmed = async (page: Page) => {
  await expect(page.getByRole('alert').first()).toBeVisible();
};
const isPart = (url: string) => /timeseries|events|revisions|health|group_by=model/.test(url);

const STATES: Record<string, State> = {
  full: { answer: (route) => route.continue(), settled: isLoaded },
  loading: {
    answer: async () => {},
    settled: (page) => expect(page.getByRole('heading', { level: 1 })).toBeVisible(),
  },
  error: { answer: fail, statuses: [500], settled: isAlarmed },
  empty: { answer: empty, statuses: [404], settled: isLoaded },
  partial: {
    answer: (route) => (isPart(route.request().url()) ? fail(route) : route.continue()),
    statuses: [500],
    settled: isLoaded,
  },
};

/** Pages that show a form before anything is asked of the API. */
const ASKS_NOTHING = new Set(['playground', 'me']);

async function violations(page: Page) {
  const { violations: found } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

const overflow = (page: Page) =>
  page.evaluate(async () => {
    // Charts follow a new width in the next frames.
    for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });

/** All combinations of a page that has reached a state. */
async function sweep(page: Page) {
  const found: Record<string, unknown> = {};
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const list = await violations(page);
      if (list.length > 0) found[`${width} ${colorScheme}`] = list;
    }
    const sideways = await overflow(page);
    if (sideways > 0) found[`${width} sideways`] = sideways;
  }
  // 1280 px at 400 %.
  await page.setViewportSize({ width: NARROWEST, height: 640 });
  const sideways = await overflow(page);
  if (sideways > 0) found[`${NARROWEST} sideways`] = sideways;
  return found;
}

async function findings(page: Page, { path, heading }: DashboardPage, state: State) {
  const errors = collectErrors(page, state.statuses);
  await page.route(
    (url) => url.pathname.startsWith('/api/') && url.pathname !== '/api/usage/me',
    state.answer,
  );
  await open(page, path);
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
  await state.settled(page);
  const found = await sweep(page);
  if (errors.length > 0) found.console = errors;
  return found;
}

for (const [name, state] of Object.entries(STATES)) {
  for (const pageName of PAGE_NAMES) {
    if (name === 'error' && ASKS_NOTHING.has(pageName)) continue;
    test(`${pageName}, ${name}`, async ({ page, request }) => {
      const shown = (await dashboardPages(request)).find((one) => one.name === pageName);
      if (!shown) throw new Error(`no page ${pageName}`);
      await page.emulateMedia({ reducedMotion: 'reduce' });
      expect(await findings(page, shown, state)).toEqual({});
      await page.unrouteAll({ behavior: 'ignoreErrors' });
    });
  }
}

test('pages without a session or a scope have nothing to complain about', async ({ page }) => {
  const errors = collectErrors(page);
  const pages = [
    ['/sign-in', 'Sign in', ''],
    ['/audit', /may not open|Audit/, process.env.E2E_CHAT_KEY ?? ''],
    ['/no-such-page', /./, process.env.E2E_CHAT_KEY ?? ''],
  ] as const;
  const all: Record<string, unknown> = {};
  for (const [path, heading, key] of pages) {
    await page.goto('/sign-in');
    await page.evaluate((secret) => sessionStorage.setItem('tokenmeter.key', secret), key);
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    const found = await sweep(page);
    if (Object.keys(found).length > 0) all[path] = found;
  }
  expect(all).toEqual({});
  expect(errors).toEqual([]);
});
