// Stored responses and work in the background: the ledger has what the provider counted, once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { assertMetered, attempts, callsOf, clientOf, newLabel } from './stack.js';

const model = 'gpt-5.4-mini';
const input = 'Tell me of the sea and of the wind';

/** The calls that the provider charges for. Calls about stored responses are free. */
async function billed(label) {
  const rows = (await callsOf(label)).filter((row) => row.endpoint === 'responses');
  assert.ok(rows.every((row) => row.cost_usd !== null));
  return rows.map((row) => [row.status, row.stream, row.input_tokens, row.output_tokens]);
}

/** What the provider counted for the label's calls. */
async function served(label) {
  const done = (await attempts(label)).filter((call) => call.usage);
  return done.map(({ stream, usage }) => ['settled', stream, usage.input_tokens, usage.output_tokens]);
}

const start = (client, polls, options = {}) =>
  client.responses.create({
    model,
    input,
    background: true,
    metadata: { mock_background_polls: String(polls) },
    ...options,
  });

test('work in the background is polled to its end', async () => {
  const label = newLabel();
  const client = clientOf(label);
  let response = await start(client, 2);
  const seen = [];
  while (['queued', 'in_progress'].includes(response.status)) {
    assert.deepEqual(await billed(label), []);
    response = await client.responses.retrieve(response.id);
    seen.push(response.status);
  }
  assert.deepEqual(seen, ['in_progress', 'in_progress', 'completed']);
  const { input_tokens, output_tokens } = response.usage;
  assert.deepEqual(await billed(label), [['settled', false, input_tokens, output_tokens]]);
  assert.deepEqual(await billed(label), await served(label));
});

test('a background stream is resumed', async () => {
  const label = newLabel();
  const client = clientOf(label);
  const metadata = { mock_fault: 'truncated', mock_prompt_tokens: '25' };
  const events = [];
  await assert.rejects(async () => {
    const stream = await client.responses.create({ model, input, background: true, stream: true, metadata });
    for await (const event of stream) events.push(event);
  }, OpenAI.APIError);
  assert.deepEqual(await billed(label), []);
  const after = events.at(-1).sequence_number;
  const stream = await client.responses.retrieve(events[0].response.id, { stream: true, starting_after: after });
  const rest = [];
  for await (const event of stream) rest.push(event);
  assert.deepEqual([rest[0].sequence_number, rest.at(-1).type], [after + 1, 'response.completed']);
  const { usage } = rest.at(-1).response;
  assert.deepEqual(await billed(label), [['settled', true, 25, usage.output_tokens]]);
  assert.deepEqual(await billed(label), await served(label));
});

test('cancelled work is bounded, deleted work is settled before', async () => {
  const cancelled = newLabel();
  const first = await start(clientOf(cancelled), 9, { max_output_tokens: 64 });
  assert.equal((await clientOf(cancelled).responses.cancel(first.id)).status, 'cancelled');
  const [[status, , , tokens]] = await billed(cancelled);
  assert.deepEqual([status, tokens], ['estimated', 64]);

  const deleted = newLabel();
  const client = clientOf(deleted);
  const second = await start(client, 0);
  await client.responses.delete(second.id);
  assert.equal((await billed(deleted)).length, 1);
  assert.deepEqual(await billed(deleted), await served(deleted));
  await assert.rejects(client.responses.retrieve(second.id), OpenAI.NotFoundError);
});

test('a stored response is free to read', async () => {
  const label = newLabel();
  const client = clientOf(label);
  const response = await client.responses.create({ model, input });
  const items = await client.responses.inputItems.list(response.id);
  assert.deepEqual(items.data.map((item) => item.content[0].text), [input]);
  assert.equal((await client.responses.retrieve(response.id)).output_text, response.output_text);
  await assertMetered(label, response.usage.input_tokens, response.usage.output_tokens, 3);
});
