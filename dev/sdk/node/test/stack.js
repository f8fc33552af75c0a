// The running stack as the tests see it: where it is, what its ledger says, what the mock provider saw.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';

function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: these tests run against a running stack`);
  return value.replace(/\/$/, '');
}

export const apiUrl = needed('TOKENMETER_API_URL');
export const chatKey = needed('TOKENMETER_CHAT_KEY');
const adminKey = needed('TOKENMETER_ADMIN_KEY');
const mockUrl = needed('MOCK_URL');

/** Of one test alone, so that its rows in the ledger are as well. */
export const newLabel = () => `sdk-node-${randomUUID()}`;

/** The official client, changed in `baseURL` and `apiKey` alone; label and tag are ordinary headers. */
export function clientOf(label, options = {}) {
  const defaultHeaders = { 'X-User-Label': label, 'X-Client-Request-Id': label };
  return new OpenAI({ baseURL: `${apiUrl}/v1`, apiKey: chatKey, defaultHeaders, ...options });
}

/** What the ledger holds for a label, over all models; `undefined` where it holds nothing. */
export async function booked(label) {
  const query = new URLSearchParams({ user_label: label, group_by: 'user_label' });
  const answer = await fetch(`${apiUrl}/api/usage/summary?${query}`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.equal(answer.status, 200);
  const [row] = await answer.json();
  return row;
}

/** Calls, all of them settled and priced, with exactly these tokens. */
export async function assertBooked(label, inputTokens, outputTokens, calls = 1) {
  const row = await booked(label);
  assert.deepEqual(
    [row.calls, row.failed_calls, row.estimated_calls, row.unpriced_calls],
    [calls, 0, 0, 0],
  );
  assert.deepEqual([row.total_input_tokens, row.total_output_tokens], [inputTokens, outputTokens]);
  assert.match(row.cost_usd, /^0\.0*[1-9]/);
}

/** The rest of a stream that its caller left is metered behind their back. */
export async function eventuallyBooked(label) {
  for (let tries = 0; tries < 200; tries += 1) {
    const row = await booked(label);
    if (row) return row;
    await sleep(50);
  }
  assert.fail('the call was never booked');
}

/** Each request of a tagged call as the provider saw it. */
export async function attempts(tag) {
  const counters = await (await fetch(`${mockUrl}/__mock/counters`)).json();
  return counters.calls[tag] ?? [];
}
