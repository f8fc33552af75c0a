import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { Dashboard } from './Dashboard';
import { session, takeKeyFromAddress } from './lib/session';
import {
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

  it('asks before the key of a link replaces the one in use', async () => {
    mockSummary([]);
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

  it('returns to the sign-in page with a reason when the key is rejected', async () => {
    mockSummaryFailure(problem(401, 'Unauthorized'));
    render(<Dashboard />);
    expect(await screen.findByRole('alert')).toHaveTextContent('This key no longer works');
    expect(location.pathname).toBe('/sign-in');
    expect(sessionStorage).toHaveLength(0);
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

  it('signs in with a key that may only chat, and shows its own page', async () => {
    mockMe({ scopes: ['chat'] });
    await signInWith(KEY);
    expect(await screen.findByRole('heading', { name: 'My usage' })).toBeVisible();
    expect(screen.queryByRole('link', { name: 'Overview' })).toBeNull();
  });

  it('says what a key lacks for the page of a link', async () => {
    session.signIn(KEY);
    mockMe({ scopes: ['chat'] });
    history.replaceState(null, '', '/explore');
    render(<Dashboard />);
    expect(await screen.findByText('Your key may not open this page.')).toBeVisible();
    expect(screen.getByText(/It needs the scope usage:read/)).toBeVisible();
  });

  it('recognises a provider key and does not send it', async () => {
    await signInWith('sk-abc');
    expect(await screen.findByText(/This is a provider key/)).toBeVisible();
  });
});
