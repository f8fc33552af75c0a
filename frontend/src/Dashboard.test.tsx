import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { Dashboard } from './Dashboard';
import { session, takeKeyFromAddress } from './lib/session';
import {
  chatResponse,
  mockChat,
  mockChatFailure,
  mockMe,
  mockMeFailure,
  mockSummary,
  mockSummaryFailure,
  mockSummaryPending,
  problem,
  summaryRow,
} from './test/api';

const POLL = { timeout: 10_000 };
const KEY = 'tm_test_key_1';
const totals = () => screen.findByRole('region', { name: 'Totals' });

async function signOut() {
  const [menu] = screen.getAllByRole('button', { name: 'Key and settings' });
  if (menu) await userEvent.click(menu);
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Sign out' }));
}

async function send(prompt = 'Why?') {
  const user = userEvent.setup();
  const label = await screen.findByRole('combobox', { name: 'User label' });
  await user.clear(label);
  await user.type(label, 'alice');
  await user.type(screen.getByRole('textbox', { name: 'Prompt' }), prompt);
  await user.click(screen.getByRole('button', { name: 'Send chat' }));
  return user;
}

describe('overview', () => {
  beforeEach(() => session.signIn(KEY));

  it('shows a loading state', async () => {
    mockSummaryPending();
    render(<Dashboard />);
    expect(await screen.findByRole('status', { name: 'Loading spend over time' })).toBeVisible();
  });

  it('shows how to send the first call', async () => {
    mockSummary([]);
    render(<Dashboard />);
    expect(await screen.findByText('No calls yet. Send the first one:')).toBeVisible();
    expect(screen.getByText(/chat\/completions/)).toHaveTextContent(location.origin);
  });

  it('shows the problem details of a failure and retries on click', async () => {
    mockSummaryFailure(problem(422, 'Invalid range', { detail: 'from is after to' }));
    render(<Dashboard />);
    expect(await screen.findByRole('alert')).toHaveTextContent(/Invalid range.*from is after to/);
    mockSummary([summaryRow()]);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await totals()).toHaveTextContent(/Calls1/);
  });

  it('names the missing scope on a 403', async () => {
    mockSummaryFailure(problem(403, 'Forbidden'));
    render(<Dashboard />);
    expect(await screen.findByRole('alert')).toHaveTextContent('usage:read');
    expect(session.get().state).toBe('signed-in');
  });

  it('shows totals and groups, and an unknown price as unpriced', async () => {
    mockSummary([
      summaryRow({ cost_usd: '0.1', total_input_tokens: 1000 }),
      summaryRow({ user_label: 'bob', cost_usd: '0.25', unpriced_calls: 2, calls: 3 }),
      summaryRow({ model: 'house', cost_usd: null, unpriced_calls: 1 }),
    ]);
    render(<Dashboard />);
    await expect
      .poll(async () => (await totals()).textContent)
      .toMatch(/^Spend\$0\.35.*3 unpriced/);
    expect(await totals()).toHaveTextContent(/Calls5.*Tokens1,260/);
    const models = screen.getByRole('region', { name: 'Top models' });
    const rows = await within(models).findAllByRole('listitem');
    expect(rows.map((row) => row.textContent)).toEqual([
      expect.stringMatching(/^gpt-4o-mini\$0\.35 \+ 2 unpriced/),
      expect.stringMatching(/^houseunpriced · 1 call/),
    ]);
    const needs = screen.getByRole('region', { name: 'Needs attention' });
    expect(needs).toHaveTextContent('3 calls of 2 models have no price');
  });

  it('a row adds its group to the filters, and Back takes it away', async () => {
    mockSummary([summaryRow()]);
    render(<Dashboard />);
    await userEvent.click(await screen.findByRole('link', { name: 'alice' }));
    await expect.poll(() => location.search, POLL).toContain('label=alice');
    act(() => history.back());
    await expect.poll(() => location.search, POLL).not.toContain('label=alice');
  });

  it('returns to the sign-in page with a reason when the key is rejected', async () => {
    mockSummaryFailure(problem(401, 'Unauthorized'));
    render(<Dashboard />);
    expect(await screen.findByRole('alert')).toHaveTextContent('This key no longer works');
    expect(location.pathname).toBe('/sign-in');
    expect(sessionStorage).toHaveLength(0);
  });
});

describe('chat', () => {
  beforeEach(() => {
    session.signIn(KEY);
    mockSummary([]);
  });

  it('shows the answer with its tokens and cost, and counts it in the totals', async () => {
    const requests = mockChat(chatResponse());
    render(<Dashboard />);
    await screen.findByText('No calls yet. Send the first one:');
    mockSummary([summaryRow({ total_input_tokens: 1200 })]);
    await send();
    const answer = screen.getByRole('region', { name: 'Answer' });
    expect(await within(answer).findByText('Forty-two.')).toBeVisible();
    expect(answer).toHaveTextContent('1,200');
    expect(answer).toHaveTextContent('$0.0002004');
    await expect.poll(async () => (await totals()).textContent, POLL).toMatch(/Calls1/);
    expect(requests).toEqual([
      {
        body: { user_label: 'alice', model: 'gpt-4o-mini', prompt: 'Why?' },
        authorization: `Bearer ${KEY}`,
      },
    ]);
  });

  it('shows an answer without a price as unpriced', async () => {
    mockChat(chatResponse({ cost_usd: null }));
    render(<Dashboard />);
    await send();
    expect(await screen.findByText('unpriced')).toBeVisible();
  });

  it('sends nothing while the form is incomplete, and marks the fields', async () => {
    const requests = mockChat(chatResponse());
    render(<Dashboard />);
    await userEvent.click(await screen.findByRole('button', { name: 'Send chat' }));
    expect(screen.getByRole('textbox', { name: 'Prompt' })).toBeInvalid();
    expect(screen.getByRole('combobox', { name: 'User label' })).toBeInvalid();
    expect(requests).toHaveLength(0);
  });

  it('shows the messages of a 422 beside their fields', async () => {
    const errors = [{ field: 'user_label', message: 'This label is reserved.' }];
    mockChatFailure(problem(422, 'Invalid request', { errors }));
    render(<Dashboard />);
    await send();
    expect(await screen.findByRole('alert')).toHaveTextContent('Invalid request');
    const label = screen.getByRole('combobox', { name: 'User label' });
    expect(label).toHaveAccessibleDescription('This label is reserved.');
  });

  it('stays signed in when the provider rejects the provider key', async () => {
    mockChatFailure(problem(401, 'Unauthorized', { detail: 'Incorrect API key provided' }));
    render(<Dashboard />);
    await send();
    expect(await screen.findByRole('alert')).toHaveTextContent('Incorrect API key provided');
    expect(session.get().state).toBe('signed-in');
  });

  it('asks before the key of a link replaces the one in use', async () => {
    render(<Dashboard />);
    await screen.findByRole('heading', { name: 'Overview' });
    const key = session.key();
    history.replaceState(null, '', '/#key=tm_theirs');
    act(takeKeyFromAddress);
    const dialog = await screen.findByRole('dialog', { name: 'Switch to another key?' });
    expect(session.key()).toBe(key);
    await userEvent.click(within(dialog).getByRole('button', { name: /^Switch to tm_their/ }));
    expect(session.key()).toBe('tm_theirs');
  });

  it('sends a provider key with the call and stores it nowhere', async () => {
    const requests = mockChat(chatResponse());
    const { container } = render(<Dashboard />);
    const key = await screen.findByLabelText('Your own provider key');
    expect(key).toHaveAttribute('type', 'password');
    expect(key).toHaveAttribute('autocomplete', 'off');
    await userEvent.type(key, 'sk-secret');
    await send();
    await screen.findByText('Forty-two.');
    expect(requests[0]?.body.api_key).toBe('sk-secret');
    const kept = [{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie];
    expect(JSON.stringify(kept)).not.toContain('sk-secret');
    expect(container.textContent).not.toContain('sk-secret');
    await signOut();
    expect(await screen.findByLabelText('Tokenmeter key')).toHaveValue('');
    session.signIn(KEY);
    expect(await screen.findByLabelText('Your own provider key')).toHaveValue('');
  });
});

describe('sign-in', () => {
  const signInWith = async (key: string) => {
    render(<Dashboard />);
    await userEvent.type(await screen.findByLabelText('Tokenmeter key'), key);
    await userEvent.click(screen.getByRole('button', { name: 'Sign in' }));
  };

  it('signs in with a valid key, and out on click', async () => {
    mockSummary([]);
    await signInWith(KEY);
    expect(await screen.findByRole('heading', { name: 'Overview' })).toBeVisible();
    await signOut();
    expect(await screen.findByLabelText('Tokenmeter key')).toBeVisible();
    expect(sessionStorage).toHaveLength(0);
  });

  it('reports a rejected key beside the field', async () => {
    mockMeFailure(problem(401, 'Unauthorized'));
    await signInWith(KEY);
    expect(await screen.findByText(/This key was rejected/)).toBeVisible();
    expect(sessionStorage).toHaveLength(0);
  });

  it('signs in with a key that may chat but not read usage, and says what it lacks', async () => {
    mockMe({ scopes: ['chat'] });
    await signInWith(KEY);
    expect(await screen.findByText('Your key may not open this page.')).toBeVisible();
    expect(screen.getByText(/It needs the scope usage:read/)).toBeVisible();
  });

  it('recognises a provider key and does not send it', async () => {
    await signInWith('sk-abc');
    expect(await screen.findByText(/This is a provider key/)).toBeVisible();
  });
});
