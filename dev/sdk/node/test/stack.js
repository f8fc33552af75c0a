// The running stack: its address, its ledger, and the requests that the mock provider received.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these tests need a running stack`);
  return value.replace(/\/$/, '');
}

export const apiUrl = required('TOKENMETER_API_URL');
export const chatKey = required('TOKENMETER_CHAT_KEY');
const adminKey = required('TOKENMETER_ADMIN_KEY');
const mockUrl = required('MOCK_URL');

/** Unique per test, so that its ledger rows are too. */
export const newLabel = () => `sdk-node-${randomUUID()}`;

/** The official client with only `baseURL` and `apiKey` changed; label and tag are ordinary headers. */
export function clientOf(label, options = {}) {
  const defaultHeaders = { 'X-User-Label': label, 'X-Client-Request-Id': label };
  return new OpenAI({ baseURL: `${apiUrl}/v1`, apiKey: chatKey, defaultHeaders, ...options });
}

/** The summary of a label over all models; `undefined` if it has no calls. */
export async function summaryOf(label) {
  const query = new URLSearchParams({ user_label: label, group_by: 'user_label' });
  const answer = await fetch(`${apiUrl}/api/usage/summary?${query}`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.equal(answer.status, 200);
  const [row] = await answer.json();
  return row;
}

/** All calls of the label are settled and priced, with exactly these tokens. */
export async function assertMetered(label, inputTokens, outputTokens, calls = 1) {
  const row = await summaryOf(label);
  assert.deepEqual(
    [row.calls, row.failed_calls, row.estimated_calls, row.unpriced_calls],
    [calls, 0, 0, 0],
  );
  assert.deepEqual([row.total_input_tokens, row.total_output_tokens], [inputTokens, outputTokens]);
  assert.match(row.cost_usd, /^0\.0*[1-9]/);
}

/** Waits for a call, because the rest of an abandoned stream is metered in the background. */
export async function eventualSummaryOf(label) {
  for (let tries = 0; tries < 200; tries += 1) {
    const row = await summaryOf(label);
    if (row) return row;
    await sleep(50);
  }
  assert.fail('the call was never recorded');
}

/** Each request of a tagged call, as the provider received it. */
export async function attempts(tag) {
  const counters = await (await fetch(`${mockUrl}/__mock/counters`)).json();
  return counters.calls[tag] ?? [];
}
