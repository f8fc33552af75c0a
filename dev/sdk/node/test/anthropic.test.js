// Anthropic's official client: what it returns, what it throws, and what the ledger records.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import {
  apiUrl,
  assertAsServed,
  attempts,
  callsOf,
  chatKey,
  eventualSummaryOf,
  newLabel,
  refusalsOf,
  setHardLimit,
  summaryOf,
} from './stack.js';

const model = 'claude-opus-5';
const messages = [{ role: 'user', content: 'Tell me of the sea and of the wind' }];
const request = { model, max_tokens: 1000, messages };
const weather = {
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

/** The official client with only `baseURL` and `apiKey` changed; label and tag are ordinary headers. */
function clientOf(label, options = {}) {
  const defaultHeaders = { 'X-User-Label': label, 'X-Client-Request-Id': label };
  return new Anthropic({ baseURL: apiUrl, apiKey: chatKey, defaultHeaders, ...options });
}

/** A request that says what the mock provider shall do. */
function steered(parameters) {
  const metadata = Object.entries(parameters).map(([name, value]) => [`mock_${name}`, String(value)]);
  return { ...request, metadata: Object.fromEntries(metadata) };
}

async function onlyCall(label) {
  const rows = await callsOf(label);
  assert.equal(rows.length, 1);
  return rows[0];
}

/** Cache reads and writes are beside the input. */
const inputOf = (usage) => usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;

test('a plain message is metered with its usage', async () => {
  const label = newLabel();
  const { usage, content, _request_id: id } = await clientOf(label).messages.create(request);

  assert.ok(content[0].text && id);
  const call = await onlyCall(label);
  assert.deepEqual([call.provider, call.endpoint, call.model], ['anthropic', 'messages', model]);
  assert.deepEqual([call.input_tokens, call.output_tokens], [inputOf(usage), usage.output_tokens]);
  await assertAsServed(label, 1);
});

test('a stream is metered with its last usage', async () => {
  const label = newLabel();
  const cache = { cached_tokens: 4000, cache_write_long_tokens: 1000 };
  const parameters = { prompt_tokens: 10_000, late_input_tokens: 500, ...cache };
  const stream = clientOf(label).messages.stream(steered(parameters));
  const kinds = new Set();
  for await (const event of stream) kinds.add(event.type);
  const { usage } = await stream.finalMessage();

  assert.ok(kinds.has('message_start') && kinds.has('message_stop'));
  const call = await onlyCall(label);
  assert.deepEqual(
    [call.input_tokens, call.cached_tokens, call.cache_write_long_tokens, call.output_tokens],
    [10_000, 4000, 1000, usage.output_tokens],
  );
  await assertAsServed(label, 1);
});

test('tools are called in two rounds', async () => {
  const label = newLabel();
  const client = clientOf(label);
  const asked = [{ role: 'user', content: 'Use get_weather' }];
  const tools = [weather];
  const first = await client.messages.stream({ ...request, messages: asked, tools }).finalMessage();
  const call = first.content.find((block) => block.type === 'tool_use');
  const result = { type: 'tool_result', tool_use_id: call.id, content: `21 degrees in ${call.input.city}` };
  const answered = [{ role: 'assistant', content: first.content }, { role: 'user', content: [result] }];
  const second = await client.messages.create({ ...request, messages: [...asked, ...answered], tools });

  assert.deepEqual([first.stop_reason, second.stop_reason], ['tool_use', 'end_turn']);
  await assertAsServed(label, 2);
});

test('token counts and models are free', async () => {
  const label = newLabel();
  const client = clientOf(label);
  const counted = await client.messages.countTokens({ model, messages });
  const { usage } = await client.messages.create(request);
  const models = [];
  for await (const found of client.models.list({ limit: 1000 })) models.push(found.id);

  assert.equal(counted.input_tokens, usage.input_tokens);
  assert.ok(models.includes(model));
  assert.equal((await summaryOf(label)).total_input_tokens, usage.input_tokens);
  assert.equal((await attempts(label)).length, 1);
});

const places = [
  ['x-api-key', { apiKey: chatKey }, {}],
  ['a bearer token', { apiKey: null, authToken: chatKey }, {}],
  ['both', { apiKey: chatKey }, { Authorization: `Bearer ${chatKey}` }],
];
for (const [place, keys, headers] of places) {
  test(`the key is accepted as ${place}`, async () => {
    const label = newLabel();
    await clientOf(label, keys).messages.create(request, { headers });

    assert.equal((await onlyCall(label)).status, 'settled');
  });
}

test('the label comes from the user id, unless a header sets it', async () => {
  const [label, other] = [newLabel(), newLabel()];
  const client = new Anthropic({ baseURL: apiUrl, apiKey: chatKey });
  await client.messages.create({ ...request, metadata: { user_id: label } });
  await client.messages.create({ ...request, metadata: { user_id: label } }, { headers: { 'X-User-Label': other } });

  assert.equal((await onlyCall(label)).status, 'settled');
  assert.equal((await onlyCall(other)).status, 'settled');
});

const errors = [
  ['400', 400, 'invalid_request_error'],
  ['429', 429, 'rate_limit_error'],
  ['529', 529, 'overloaded_error'],
];
for (const [fault, status, type] of errors) {
  test(`the provider's ${fault} passes unchanged and is one failed call`, async () => {
    const label = newLabel();
    const steps = steered({ fault, retry_after_ms: 1, retry_after: 0 });
    const asked = clientOf(label, { maxRetries: 0 }).messages.create(steps);

    const error = await asked.then(assert.fail, (error) => error);
    assert.deepEqual([error.status, error.error.error.type], [status, type]);
    assert.equal(error.error.request_id, (await attempts(label)).at(-1).request_id);
    const row = await summaryOf(label);
    assert.deepEqual([row.calls, row.failed_calls, row.total_input_tokens], [1, 1, 0]);
  });
}

test('a stream that the caller leaves is metered with what the provider bills', async () => {
  const label = newLabel();
  const slow = steered({ chunk_delay_ms: 10, completion_tokens: 100 });
  const stream = await clientOf(label).messages.create({ ...slow, stream: true });
  for await (const event of stream) if (event.type === 'message_start') break;
  stream.controller.abort();

  const row = await eventualSummaryOf(label);
  const [{ usage }] = await attempts(label);
  assert.equal(row.calls, 1);
  assert.ok(row.total_input_tokens >= usage.input_tokens && row.total_output_tokens >= usage.output_tokens);
});

for (const stream of [false, true]) {
  test(`a used-up budget is one request that the SDK does not repeat, ${stream ? 'streamed' : 'plain'}`, async () => {
    const label = newLabel();
    const client = clientOf(label);
    const { usage } = await client.messages.create(request);
    const limit = await setHardLimit(label, usage.input_tokens + usage.output_tokens, 'tokens');

    const error = await client.messages.create({ ...request, stream }).then(assert.fail, (error) => error);
    assert.deepEqual([error.status, error.error.error.type], [429, 'billing_error']);
    assert.match(error.message, /tokens a day .* is used up/);
    assert.equal(await refusalsOf(limit), 1);
    assert.equal((await attempts(label)).length, 1);
  });
}
