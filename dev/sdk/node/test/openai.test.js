// The official Node client: what it returns, and what the ledger records.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { assertMetered, attempts, summaryOf, clientOf, eventualSummaryOf, newLabel } from './stack.js';

const model = 'gpt-4o-mini';
const messages = [{ role: 'user', content: 'Tell me of the sea and of the wind' }];
const Weather = z.object({ city: z.string(), degrees: z.number() });

let label;
let client;
beforeEach(() => {
  label = newLabel();
  client = clientOf(label);
});

async function collect(stream) {
  const all = [];
  for await (const item of stream) all.push(item);
  return all;
}

test('plain completion', async () => {
  const { data: answer, response, request_id } = await client.chat.completions
    .create({ model, messages })
    .withResponse();

  assert.ok(answer.choices[0].message.content);
  assert.match(request_id, /^call_/);
  assert.equal(response.headers.get('x-tokenmeter-call-id'), request_id);
  assert.ok(Number(response.headers.get('x-tokenmeter-overhead-ms')) > 0);
  assert.equal(
    Number(response.headers.get('x-tokenmeter-cost-usd')),
    Number((await summaryOf(label)).cost_usd),
  );
  await assertMetered(label, answer.usage.prompt_tokens, answer.usage.completion_tokens);
});

test('stream with usage', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = await collect(stream);

  const { choices, usage } = chunks.at(-1);
  assert.deepEqual(choices, []);
  assert.ok(chunks.slice(0, -1).every((chunk) => chunk.usage === null));
  await assertMetered(label, usage.prompt_tokens, usage.completion_tokens);
});

test('stream without usage has none and is metered nevertheless', async () => {
  const chunks = await collect(await client.chat.completions.create({ model, messages, stream: true }));

  assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !('usage' in chunk)));
  const [{ usage }] = await attempts(label);
  await assertMetered(label, usage.input_tokens, usage.output_tokens);
});

test('parse helper', async () => {
  const answer = await client.chat.completions.parse({
    model,
    messages,
    response_format: zodResponseFormat(Weather, 'weather'),
  });

  assert.equal(typeof answer.choices[0].message.parsed.degrees, 'number');
  await assertMetered(label, answer.usage.prompt_tokens, answer.usage.completion_tokens);
});

test('tools run by the helper', async () => {
  const runner = client.chat.completions.runTools({
    model,
    messages,
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          parse: JSON.parse,
          function: () => 'calm',
        },
      },
    ],
  });

  assert.ok(await runner.finalContent());
  const usage = await runner.totalUsage();
  const calls = (await attempts(label)).length;
  await assertMetered(label, usage.prompt_tokens, usage.completion_tokens, calls);
});

test('response, plain, streamed and parsed', async () => {
  const input = 'Tell me of the sea';
  const plain = await client.responses.create({ model, input });
  assert.ok(plain.output_text);
  const events = await collect(await client.responses.create({ model, input, stream: true }));
  const streamed = events.at(-1).response;
  assert.equal(events.at(-1).type, 'response.completed');
  const parsed = await client.responses.parse({ model, input, text: { format: zodTextFormat(Weather, 'weather') } });
  assert.equal(typeof parsed.output_parsed.city, 'string');

  const usages = [plain.usage, streamed.usage, parsed.usage];
  const sum = (name) => usages.reduce((total, usage) => total + usage[name], 0);
  await assertMetered(label, sum('input_tokens'), sum('output_tokens'), 3);
});

test('embeddings', async () => {
  const answer = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['the sea', 'the wind'] });

  assert.equal(answer.data[1].embedding.length, 1536);
  await assertMetered(label, answer.usage.prompt_tokens, 0);
});

test('models', async () => {
  const ids = (await collect(await client.models.list())).map(({ id }) => id);

  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).id, model);
  await assert.rejects(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
});

const refusals = [
  ['400', OpenAI.BadRequestError, 1],
  ['403', OpenAI.PermissionDeniedError, 1],
  ['422', OpenAI.UnprocessableEntityError, 1],
  ['409', OpenAI.ConflictError, 3],
  ['429', OpenAI.RateLimitError, 3],
  ['quota', OpenAI.RateLimitError, 1],
  ['500', OpenAI.InternalServerError, 3],
];
for (const [fault, error, tried] of refusals) {
  test(`upstream ${fault} raises its error class and is one failed call`, async () => {
    const metadata = { mock_fault: fault, mock_retry_after_ms: '1' };
    const asked = clientOf(label, { maxRetries: 0 }).chat.completions.create({ model, messages, metadata });

    await assert.rejects(asked, (refused) => {
      assert.ok(refused instanceof error, `${refused}`);
      assert.match(refused.requestID, /^call_/);
      return true;
    });
    assert.equal((await attempts(label)).length, tried);
    const { calls, failed_calls } = await summaryOf(label);
    assert.deepEqual([calls, failed_calls], [1, 1]);
  });
}

test('bad key', async () => {
  const asked = clientOf(label, { apiKey: 'tm_nonsense' }).chat.completions.create({ model, messages });

  await assert.rejects(asked, (refused) => {
    assert.ok(refused instanceof OpenAI.AuthenticationError);
    assert.equal(refused.code, 'invalid_api_key');
    return true;
  });
  assert.equal(await summaryOf(label), undefined);
});

test('the SDK retries after the gateway has given up', async () => {
  const metadata = { mock_fault: '500-then-ok', mock_fail_times: '3', mock_retry_after_ms: '1' };
  const answer = await client.chat.completions.create({ model, messages, metadata });

  assert.deepEqual((await attempts(label)).map(({ status }) => status), [500, 500, 500, 200]);
  const row = await summaryOf(label);
  assert.deepEqual([row.calls, row.failed_calls], [2, 1]);
  assert.equal(row.total_output_tokens, answer.usage.completion_tokens);
});

for (const fault of ['error-in-stream', 'truncated', 'truncated-mid-event']) {
  test(`stream with ${fault} throws`, async () => {
    const metadata = { mock_fault: fault };
    const stream = await client.chat.completions.create({ model, messages, metadata, stream: true });

    await assert.rejects(collect(stream), OpenAI.APIError);
    const { calls, estimated_calls } = await summaryOf(label);
    assert.deepEqual([calls, estimated_calls], [1, 1]);
  });
}

test('response stream cut within an event throws the error of the gateway', async () => {
  const metadata = { mock_fault: 'truncated-mid-event' };
  const stream = await client.responses.create({ model, input: 'the sea', metadata, stream: true });

  await assert.rejects(collect(stream), (broken) => {
    assert.ok(broken instanceof OpenAI.APIError);
    assert.match(broken.message, /broke off/);
    return true;
  });
  const { calls, estimated_calls } = await summaryOf(label);
  assert.deepEqual([calls, estimated_calls], [1, 1]);
});

test('stream abandoned by the caller is metered in full', async () => {
  const metadata = { mock_chunk_delay_ms: '10' };
  const stream = await client.chat.completions.create({ model, messages, metadata, stream: true });
  for await (const _ of stream) break;

  const row = await eventualSummaryOf(label);
  const [{ usage }] = await attempts(label);
  assert.deepEqual([row.failed_calls, row.estimated_calls], [0, 0]);
  assert.deepEqual([row.total_input_tokens, row.total_output_tokens], [usage.input_tokens, usage.output_tokens]);
});

test('timeout and no connection', async () => {
  const slow = clientOf(label, { maxRetries: 0, timeout: 200 });
  const metadata = { mock_latency_ms: '800' };
  await assert.rejects(
    slow.chat.completions.create({ model, messages, metadata }),
    OpenAI.APIConnectionTimeoutError,
  );
  assert.equal((await eventualSummaryOf(label)).failed_calls, 0);

  const nowhere = clientOf(label, { maxRetries: 0, baseURL: 'http://127.0.0.1:1/v1' });
  await assert.rejects(nowhere.models.list(), OpenAI.APIConnectionError);
});

test('label from the request', async () => {
  const bare = clientOf(label, { defaultHeaders: {} });
  await bare.chat.completions.create({ model, messages, metadata: { user_label: label } });
  await bare.responses.create({ model, input: 'the sea', safety_identifier: label });
  await bare.embeddings.create({ model: 'text-embedding-3-small', input: 'the sea', user: label });

  assert.equal((await summaryOf(label)).calls, 3);
});
