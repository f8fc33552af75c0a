// The Vercel AI SDK, with only base URL and key changed.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, generateText, streamText } from 'ai';
import { apiUrl, assertMetered, chatKey, newLabel } from './stack.js';

const prompt = 'Tell me of the sea';

let label;
let provider;
beforeEach(() => {
  label = newLabel();
  provider = createOpenAI({ baseURL: `${apiUrl}/v1`, apiKey: chatKey, headers: { 'X-User-Label': label } });
});

for (const api of ['chat', 'responses']) {
  test(`generateText by ${api}`, async () => {
    const { text, usage } = await generateText({ model: provider[api]('gpt-4o-mini'), prompt });

    assert.ok(text);
    await assertMetered(label, usage.inputTokens, usage.outputTokens);
  });

  test(`streamText by ${api}`, async () => {
    const result = streamText({ model: provider[api]('gpt-4o-mini'), prompt });

    assert.ok(await result.text);
    const usage = await result.usage;
    await assertMetered(label, usage.inputTokens, usage.outputTokens);
  });
}

test('embed', async () => {
  const { usage } = await embed({ model: provider.embedding('text-embedding-3-small'), value: 'the sea' });

  await assertMetered(label, usage.tokens, 0);
});
