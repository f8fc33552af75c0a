import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { components } from '../../api/schema.gen';
import { Dashboard } from '../../Dashboard';
import { session } from '../../lib/session';
import { mockSummary, problem, server } from '../../test/api';

type Schemas = components['schemas'];

const at = (path: string) => `${location.origin}${path}`;

const fee = (fields: Partial<Schemas['ToolFeeRow']>) =>
  ({
    provider: 'openai',
    tool: 'web_search',
    model: null,
    effective_from: '2025-01-01T00:00:00Z',
    cost_usd: '0.01',
    max_cost_usd: '0.01',
    max_result_tokens: 8000,
    ...fields,
  }) as Schemas['ToolFeeRow'];

const fact = (fields: Partial<Schemas['ModelFactRow']>) =>
  ({
    provider: 'openai',
    model: 'gpt-5',
    effective_from: '2025-01-01T00:00:00Z',
    context_window_tokens: 400_000,
    max_output_tokens: 128_000,
    max_image_tokens: null,
    max_low_detail_image_tokens: 70,
    ...fields,
  }) as Schemas['ModelFactRow'];

function mock(path: '/api/prices/fees' | '/api/prices/models', data: unknown[]) {
  server.use(http.get(at(path), () => HttpResponse.json({ data })));
}

function open(search: string) {
  history.replaceState(null, '', `/prices${search}`);
  render(<Dashboard />);
}

const cellsOf = (row: HTMLElement) =>
  within(row)
    .getAllByRole('cell')
    .map(({ textContent }) => textContent);

beforeEach(() => {
  session.signIn('tm_test_key_1');
  mockSummary([]);
  server.use(
    http.get(at('/api/prices'), () => HttpResponse.json({ data: [], next_cursor: null })),
    http.get(at('/api/prices/revisions'), () => HttpResponse.json({ data: [], next_cursor: null })),
  );
});

it('lists fees of tools with what is unknown named, and ended ones on request', async () => {
  mock('/api/prices/fees', [
    fee({}),
    fee({ model: 'gpt-5', cost_usd: null, max_cost_usd: '0.025', max_result_tokens: null }),
    fee({ effective_from: '2024-01-01T00:00:00Z', cost_usd: '0.03' }),
    // The tool of another provider is another one.
    fee({ provider: 'anthropic', effective_from: '2024-06-01T00:00:00Z' }),
  ]);
  open('?list=fees');
  const table = await screen.findByRole('table', { name: 'Tool fees' });
  const rows = () => within(table).getAllByRole('row').slice(1).map(cellsOf);
  expect(rows().map((cells) => cells.slice(0, 6))).toEqual([
    ['web_search', 'openai', 'all others', '$0.01', '$0.01', '8,000'],
    ['web_search', 'openai', 'gpt-5', 'unknown', '$0.025', 'context window'],
    ['web_search', 'anthropic', 'all others', '$0.01', '$0.01', '8,000'],
  ]);
  await userEvent.click(screen.getByRole('checkbox', { name: 'Show ended rows (1)' }));
  expect(rows()).toHaveLength(4);
  await userEvent.type(screen.getByRole('textbox', { name: 'Search by name' }), 'GPT');
  expect(rows().map(([, , model]) => model)).toEqual(['gpt-5']);
  expect(location.search).toContain('q=GPT');
});

it('lists what models can take, and finds nothing where nothing is', async () => {
  mock('/api/prices/models', [fact({})]);
  open('?list=models');
  const table = await screen.findByRole('table', { name: 'Model facts' });
  const [, row] = within(table).getAllByRole('row');
  expect(row && cellsOf(row).slice(0, 6)).toEqual([
    'gpt-5',
    'openai',
    '400,000',
    '128,000',
    'context window',
    '70',
  ]);
  await userEvent.type(screen.getByRole('textbox', { name: 'Search by name' }), 'llama');
  expect(screen.getByText('Nothing has “llama” in its name.')).toBeInTheDocument();
});

it('says that a list is empty, and why it cannot be read', async () => {
  mock('/api/prices/fees', []);
  open('?list=fees');
  expect(await screen.findByText('No tool fees yet.')).toBeInTheDocument();
  server.use(
    http.get(at('/api/prices/models'), () =>
      HttpResponse.json(problem(403, 'Forbidden'), { status: 403 }),
    ),
  );
  await userEvent.click(screen.getByRole('radio', { name: 'Model facts' }));
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('Prices need the admin scope.');
  await userEvent.click(screen.getByRole('radio', { name: 'Prices' }));
  expect(await screen.findByText('No prices yet.')).toBeInTheDocument();
  expect(location.search).not.toContain('list=');
});

it('adds a fee from the form, and shows where it is refused', async () => {
  mock('/api/prices/fees', [fee({})]);
  const sent: unknown[] = [];
  server.use(
    http.post(at('/api/prices/fees'), async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(problem(409, 'Conflict'), { status: 409 });
    }),
  );
  open('?list=fees');
  const user = userEvent.setup();
  const change = await screen.findByRole('button', { name: 'Change web_search of openai' });
  await user.click(change);
  const dialog = await screen.findByRole('dialog', { name: 'Change fee of web_search' });
  const cost = within(dialog).getByRole('textbox', { name: 'Fee, USD per use' });
  expect(cost).toHaveValue('0.01');
  await user.clear(cost);
  await user.click(within(dialog).getByRole('button', { name: 'Add fee' }));
  expect(within(dialog).getByText(/Enter what limits reserve/)).toBeInTheDocument();
  expect(sent).toEqual([]);
  await user.type(cost, '0.012');
  await user.click(within(dialog).getByRole('button', { name: 'Add fee' }));
  expect(await within(dialog).findByRole('alert')).toBeInTheDocument();
  expect(sent).toEqual([
    {
      provider: 'openai',
      tool: 'web_search',
      model: null,
      effective_from: null,
      cost_usd: '0.012',
      max_cost_usd: null,
      max_result_tokens: 8000,
    },
  ]);
});

it('shows which prices are to be reviewed, and lists these alone', async () => {
  const price = (model: string, review: string | null) => ({
    id: 1,
    provider: 'openai',
    model,
    service_tier: 'default',
    above_input_tokens: 0,
    effective_from: '2025-01-01T00:00:00Z',
    created_at: '2025-01-01T00:00:00Z',
    review_on: review,
    input: '1',
    output: '2',
  });
  const data = [price('gpt-5', null), price('gpt-6', '2025-02-03'), price('o9', '2999-01-01')];
  server.use(http.get(at('/api/prices'), () => HttpResponse.json({ data, next_cursor: null })));
  open('');
  const table = await screen.findByRole('table', { name: 'Prices in effect' });
  expect(within(table).getByText(/^due/)).toHaveTextContent('due 3 Feb 2025');
  await userEvent.click(screen.getByRole('checkbox', { name: 'Only prices to review (2)' }));
  const models = within(table)
    .getAllByRole('link')
    .map(({ textContent }) => textContent);
  expect(models).toEqual(['gpt-6', 'o9']);
});
