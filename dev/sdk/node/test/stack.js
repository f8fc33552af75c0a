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

/** A hard limit on what the label may use in a day: USD in a string, or a number of another unit. Returns its id. */
export async function setHardLimit(label, amount, metric = 'usd') {
  const limit = { subject: { kind: 'label', id: label }, metric, window: 'day', amount, mode: 'hard' };
  const answer = await fetch(`${apiUrl}/api/limits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(limit),
  });
  const created = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(created));
  return created.id;
}

/** A hard limit that the label has used up: of what it has spent so far. Returns its id. */
export async function useUpLimit(label) {
  return setHardLimit(label, (await summaryOf(label)).cost_usd);
}

/** What the caller of a label reads then. */
export const usedUp = /The limit lim_\w+ of [\d.]+ USD a day for the label '[\w-]+' is used up: [\d.]+ USD used/;

/** How many requests a limit has refused. */
export async function refusalsOf(limitId) {
  const answer = await fetch(`${apiUrl}/api/limits/${limitId}`, { headers: { authorization: `Bearer ${adminKey}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()).refusals;
}

/** The ledger rows of a label. */
export async function callsOf(label) {
  const query = new URLSearchParams({ user_label: label, limit: '200' });
  const answer = await fetch(`${apiUrl}/api/usage/calls?${query}`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).data;
}

/** The ledger has each call that the provider served under the label and tag, settled, with the same tokens. */
export async function assertAsServed(label, atLeast, tag = label) {
  const rows = await callsOf(label);
  const served = await attempts(tag);
  assert.ok(served.length >= atLeast, `only ${served.length} calls reached the provider`);
  assert.deepEqual([...new Set(rows.map((row) => row.status))], ['settled']);
  const tokens = (stream, usage) => `${stream} ${usage.input_tokens} ${usage.output_tokens}`;
  assert.deepEqual(
    rows.map((row) => tokens(row.stream, row)).sort(),
    served.map((call) => tokens(call.stream, call.usage)).sort(),
  );
  assert.ok(rows.every((row) => row.cost_usd !== null));
  if (limited.has(label)) await assertBounded(tag);
}

/** Each request of the tag reached the provider with an output bound, which a hard limit fills in. */
async function assertBounded(tag) {
  const requests = await (await fetch(`${mockUrl}/__mock/requests`)).json();
  const sent = requests.filter((request) => request.headers['x-client-request-id'] === tag);
  assert.ok(sent.length > 0);
  for (const { body } of sent) assert.match(body, /"max_(completion_|output_)?tokens":\d/);
}

/** Both situations of every agent: no limit, and a hard limit in USD a day. */
export const limits = [null, '5'];

const limited = new Set();

/** A new label, under the limit if there is one. */
export async function labelUnder(limit) {
  const label = newLabel();
  if (limit) {
    await setHardLimit(label, limit);
    limited.add(label);
  }
  return label;
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
