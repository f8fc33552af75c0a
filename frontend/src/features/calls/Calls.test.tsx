import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it, vi } from 'vitest';
import { Dashboard } from '../../Dashboard';
import { session } from '../../lib/session';
import { mockSummary, problem, server, summaryRow } from '../../test/api';
import { call, withReceipt } from './fixtures';

const at = (path: string) => `${location.origin}${path}`;

/** Responds with these calls and records the queries. */
function mockCalls(calls = [call()]): URLSearchParams[] {
  const queries: URLSearchParams[] = [];
  server.use(
    http.get(at('/api/usage/calls'), ({ request }) => {
      queries.push(new URL(request.url).searchParams);
      return HttpResponse.json({ data: calls, next_cursor: null, calls: 1204 });
    }),
    http.get(at('/api/usage/calls/:id'), ({ params }) => {
      const found = calls.find(({ id }) => id === params.id);
      return found
        ? HttpResponse.json(withReceipt(found))
        : HttpResponse.json(problem(404, 'Not Found'), { status: 404 });
    }),
  );
  return queries;
}

function open(search = '') {
  history.replaceState(null, '', `/calls${search}`);
  render(<Dashboard />);
}

beforeEach(() => {
  // jsdom has no layout: without a height no row is in view.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(640);
  session.signIn('tm_test_key_1');
  mockSummary([summaryRow({ calls: 2, cost_usd: '0.05' })]);
});

it('lists calls with the filters of the address, and opens one with its receipt', async () => {
  const tries = [
    {
      upstream: 'groq',
      model: 'llama-3.3',
      attempts: 1,
      http_status: 429,
      error_code: 'rate_limit_exceeded',
      waited_ms: 12.5,
    },
    {
      upstream: 'openai',
      model: 'gpt-5.4',
      attempts: 1,
      http_status: 200,
      error_code: null,
      waited_ms: 600,
    },
  ];
  const routed = call({ id: 'call_2', user_label: 'data-04', route: { model: 'fast', tries } });
  const queries = mockCalls([call(), routed]);
  open('?label=search-00&status=settled');
  const grid = await screen.findByRole('grid', { name: 'Calls, newest first' });
  expect(within(grid).getAllByRole('row')).toHaveLength(3);
  expect(queries[0]?.getAll('user_label')).toEqual(['search-00']);
  expect(queries[0]?.getAll('status')).toEqual(['settled']);
  await userEvent.click(within(grid).getByText('data-04'));
  const panel = await screen.findByRole('complementary', { name: 'Call call_2' });
  const total = await within(panel).findByRole('row', { name: /^Total/ });
  expect(total).toHaveTextContent('$0.0253625');
  expect(within(panel).getByRole('row', { name: /^Also billed/ })).toHaveTextContent('$0.00555');
  expect(within(panel).getByText('groq, llama-3.3: 429 rate_limit_exceeded')).toBeInTheDocument();
  expect(within(panel).getByText('openai, gpt-5.4: 200')).toBeInTheDocument();
  expect(new URLSearchParams(location.search).get('call')).toBe('call_2');
  await userEvent.keyboard('{Escape}');
});

it('says that a call is unknown', async () => {
  mockCalls([]);
  open('?call=call_nowhere');
  expect(await screen.findByText('No such call, or your key may not see it.')).toBeVisible();
});

it('says that no call matches, and clears the filters', async () => {
  const queries = mockCalls([]);
  open('?label=unknown');
  await userEvent.click(await screen.findByRole('button', { name: 'Clear filters' }));
  await expect.poll(() => queries.at(-1)?.has('user_label'), { timeout: 10_000 }).toBe(false);
});

it('shows the problem of a failure in the place of the list', async () => {
  server.use(
    http.get(at('/api/usage/calls'), () =>
      HttpResponse.json(problem(422, 'Invalid range'), { status: 422 }),
    ),
  );
  open();
  expect(await screen.findByRole('alert')).toHaveTextContent('Invalid range');
});

const asked = (queries: URLSearchParams[]) => queries.filter((query) => !query.has('count'));

it('sorts and filters by how calls ended, and counts what passes', async () => {
  const queries = mockCalls([call({ status: 'failed', error_code: 'server_error' })]);
  open('?range=7d&sort=cost&http=500&error=server_error&tier=flex&endpoint=responses');
  expect(await screen.findByRole('grid', { name: 'Calls, highest cost first' })).toBeVisible();
  expect(await screen.findByText('1,204 calls')).toBeVisible();
  expect(Object.fromEntries(asked(queries)[0] ?? [])).toMatchObject({
    sort: '-cost_usd',
    http_status: '500',
    error_code: 'server_error',
    service_tier: 'flex',
    endpoint: 'responses',
  });
});

it('offers the error codes that calls end with', async () => {
  const queries = mockCalls();
  open('?range=7d');
  await userEvent.click(await screen.findByRole('button', { name: 'Status' }));
  await userEvent.click(screen.getByRole('menuitemcheckbox', { name: 'upstream_timeout' }));
  await expect
    .poll(() => asked(queries).at(-1)?.getAll('error_code'), { timeout: 10_000 })
    .toEqual(['upstream_timeout']);
  expect(screen.getByRole('button', { name: /^Status: upstream_timeout/ })).toBeVisible();
});

it('sorts by time where the range is too long for another order, and says so', async () => {
  const queries = mockCalls();
  open('?range=90d&sort=time');
  expect(await screen.findByText(/sorting by cost or time needs a range/)).toBeVisible();
  expect(await screen.findByRole('grid', { name: 'Calls, newest first' })).toBeVisible();
  expect(asked(queries).some((query) => query.has('sort'))).toBe(false);
});

it('downloads by a link, and shows why there is none', async () => {
  mockCalls();
  let asked: URLSearchParams | undefined;
  server.use(
    http.get(at('/api/usage/export/link'), ({ request }) => {
      asked = new URL(request.url).searchParams;
      return HttpResponse.json(problem(422, 'Invalid range'), { status: 422 });
    }),
  );
  open('?status=failed');
  await userEvent.click(await screen.findByRole('button', { name: 'Export' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: /CSV/ }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Invalid range');
  expect(asked?.getAll('status')).toEqual(['failed']);
  const clicked: string[] = [];
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(
    this: HTMLAnchorElement,
  ) {
    clicked.push(this.getAttribute('href') ?? '');
  });
  const url = '/api/usage/export?format=csv&link=abc';
  server.use(
    http.get(at('/api/usage/export/link'), () =>
      HttpResponse.json({ url, expires_at: '2026-11-30T00:00:00Z' }),
    ),
  );
  await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
  await expect.poll(() => clicked).toContain(url);
});
