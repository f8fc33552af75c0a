import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { Dashboard } from './Dashboard';
import { session } from './lib/session';
import { mockCall, mockChat, mockChatRefusal, mockMe, mockSummary } from './test/api';

const KEY = 'tm_test_key_1';
const ANSWER = [
  { choices: [{ delta: { role: 'assistant', content: 'Forty-' } }] },
  { choices: [{ delta: { content: 'two.' } }] },
  { choices: [], usage: { prompt_tokens: 1200, completion_tokens: 34 } },
];
const answer = () => screen.getByRole('region', { name: 'Answer' });

async function open() {
  history.replaceState(null, '', '/playground');
  const page = render(<Dashboard />);
  await screen.findByRole('heading', { name: 'Playground' });
  return page;
}

async function send(label = 'alice') {
  const user = userEvent.setup();
  const field = await screen.findByRole('combobox', { name: 'User label' });
  if (!(field as HTMLInputElement).disabled) {
    await user.clear(field);
    await user.type(field, label);
  }
  await user.type(screen.getByRole('textbox', { name: 'Prompt' }), 'Why?');
  await user.click(screen.getByRole('button', { name: 'Send chat' }));
  return user;
}

describe('playground', () => {
  beforeEach(() => {
    session.signIn(KEY);
    mockSummary([]);
  });

  it('streams the answer and shows what the ledger has', async () => {
    const requests = mockChat(ANSWER);
    mockCall();
    await open();
    await send();
    expect(await screen.findByText('Forty-two.')).toBeVisible();
    expect(await screen.findByText('In the ledger')).toBeVisible();
    expect(answer()).toHaveTextContent('$0.0002004');
    expect(answer()).toHaveTextContent('Input tokens1,200');
    expect(answer()).toHaveTextContent('Tokenmeter overhead2.5 ms');
    const [request, ...others] = requests;
    expect(others).toEqual([]);
    expect(request?.body).toEqual({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'Why?' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(request?.headers.get('authorization')).toBe(`Bearer ${KEY}`);
    expect(request?.headers.get('x-user-label')).toBe('alice');
    expect(request?.headers.get('x-usage-tags')).toBe('source=playground');
  });

  it('sends a label beyond Latin-1 as UTF-8', async () => {
    const requests = mockChat(ANSWER);
    mockCall();
    await open();
    await send('команда');
    await screen.findByText('Forty-two.');
    const bytes = [...(requests[0]?.headers.get('x-user-label') ?? '')].map((c) => c.charCodeAt(0));
    expect(new TextDecoder().decode(Uint8Array.from(bytes))).toBe('команда');
  });

  it('shows a cost that is not known as unpriced', async () => {
    mockChat(ANSWER);
    mockCall({ cost_usd: null });
    await open();
    await send();
    expect(await screen.findByText('unpriced')).toBeVisible();
  });

  it('sends nothing while the form is incomplete, and marks the fields', async () => {
    const requests = mockChat(ANSWER);
    await open();
    await userEvent.click(await screen.findByRole('button', { name: 'Send chat' }));
    expect(screen.getByRole('textbox', { name: 'Prompt' })).toBeInvalid();
    expect(screen.getByRole('combobox', { name: 'User label' })).toBeInvalid();
    expect(requests).toHaveLength(0);
  });

  it('names the limit that refused a call', async () => {
    const message = 'The budget "checkout-bot, month, $250" is used up. It resets on 1 Dec 00:00.';
    mockChatRefusal(429, { message, code: 'budget_exceeded' });
    await open();
    await send();
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The budget is used up');
    expect(alert).toHaveTextContent(message);
    expect(alert).toHaveTextContent('budget_exceeded · call_1');
  });

  it('waits as long as the API says before a call can be repeated', async () => {
    mockChatRefusal(
      429,
      { message: 'Calls in flight hold it.', code: 'budget_reserved' },
      { 'retry-after-ms': '900' },
    );
    await open();
    const user = await send();
    expect(await screen.findByRole('button', { name: 'Try again in 1 s' })).toBeDisabled();
    mockChat(ANSWER);
    mockCall();
    await user.click(await screen.findByRole('button', { name: 'Try again' }, { timeout: 10_000 }));
    expect(await screen.findByText('Forty-two.')).toBeVisible();
  });

  it('stays signed in when the provider rejects the provider key', async () => {
    mockChatRefusal(401, { message: 'Incorrect API key provided', code: 'invalid_api_key' });
    await open();
    await send();
    expect(await screen.findByRole('alert')).toHaveTextContent('Incorrect API key provided');
    expect(session.get().state).toBe('signed-in');
  });

  it('shows an error in the middle of a stream under the text so far', async () => {
    mockChat([ANSWER[0], { error: { message: 'The provider failed.', code: 'server_error' } }]);
    mockCall({ status: 'estimated' });
    await open();
    await send();
    expect(await screen.findByRole('alert')).toHaveTextContent('The provider failed.');
    expect(screen.getByText('Forty-')).toBeVisible();
    expect(await screen.findByText('In the ledger as an upper bound')).toBeVisible();
  });

  it('offers no provider key where the deployment accepts none', async () => {
    await open();
    expect(screen.queryByText('Your own provider key')).toBeNull();
  });

  it('uses the label of a key that has one', async () => {
    mockMe({ scopes: ['chat'], user_label: 'team/search' });
    const requests = mockChat(ANSWER);
    await open();
    expect(screen.getByRole('combobox', { name: 'User label' })).toBeDisabled();
    await send();
    expect(await screen.findByText('Only keys that read usage see the cost.')).toBeVisible();
    expect(requests[0]?.headers.get('x-user-label')).toBe('team/search');
  });

  it('sends a provider key with the call and stores it nowhere', async () => {
    mockMe({ accepts_provider_keys: true });
    const requests = mockChat(ANSWER);
    mockCall();
    const { container } = await open();
    await userEvent.click(screen.getByText('Your own provider key'));
    const key = screen.getByLabelText('Provider key');
    expect(key).toHaveAttribute('type', 'password');
    expect(key).toHaveAttribute('autocomplete', 'off');
    await userEvent.type(key, 'sk-secret');
    await send();
    await screen.findByText('Forty-two.');
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer sk-secret');
    const kept = [{ ...localStorage }, { ...sessionStorage }, location.href, document.cookie];
    expect(JSON.stringify(kept)).not.toContain('sk-secret');
    expect(container.textContent).not.toContain('sk-secret');
  });
});
