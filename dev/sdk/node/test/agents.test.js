// Agents that run tools over several turns, plain and streaming, with and without a hard limit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, tool as agentTool, user } from '@openai/agents';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { apiUrl, assertAsServed, chatKey, clientOf, labelUnder, limits } from './stack.js';

const model = 'gpt-5.4-mini';
const prompt = 'Use get_weather and tell me how the sea is';
const again = 'And the wind? Use get_weather again';
const inputSchema = z.object({ city: z.string() });
const weather = ({ city }) => `21 degrees in ${city}`;

for (const limit of limits) {
  const under = limit ? ` under a hard limit of $${limit} a day` : '';

  for (const [name, Model] of [['chat', OpenAIChatCompletionsModel], ['responses', OpenAIResponsesModel]]) {
    const create = (label, options = {}) => ({
      agent: new Agent({
        name: 'Weather',
        model: new Model(clientOf(label), model),
        tools: [agentTool({ name: 'get_weather', description: 'Weather', parameters: inputSchema, execute: weather })],
        ...options,
      }),
      runner: new Runner({ tracingDisabled: true }),
    });

    test(`Agents SDK by ${name}${under}`, async () => {
      const label = await labelUnder(limit);
      const { agent, runner } = create(label);
      const first = await runner.run(agent, prompt);
      const second = await runner.run(agent, [...first.history, user(again)]);

      assert.ok(first.finalOutput && second.finalOutput);
      await assertAsServed(label, 4);
    });

    test(`Agents SDK streams by ${name}${under}`, async () => {
      const label = await labelUnder(limit);
      const { agent, runner } = create(label);
      const result = await runner.run(agent, prompt, { stream: true });
      let events = 0;
      for await (const _ of result) events += 1;

      assert.ok(events > 0 && result.finalOutput);
      await assertAsServed(label, 2);
    });

    test(`Agents SDK ends although a tool is required, by ${name}${under}`, async () => {
      const label = await labelUnder(limit);
      const { agent, runner } = create(label, { modelSettings: { toolChoice: 'required' }, resetToolChoice: false });

      assert.ok((await runner.run(agent, prompt)).finalOutput);
      await assertAsServed(label, 2);
    });
  }

  for (const api of ['chat', 'responses']) {
    const options = (label) => ({
      model: createOpenAI({
        baseURL: `${apiUrl}/v1`,
        apiKey: chatKey,
        headers: { 'X-User-Label': label, 'X-Client-Request-Id': label },
      })[api](model),
      tools: { get_weather: tool({ description: 'Weather', inputSchema, execute: weather }) },
      stopWhen: stepCountIs(5),
    });

    test(`AI SDK runs tools by ${api}${under}`, async () => {
      const label = await labelUnder(limit);
      const question = { role: 'user', content: prompt };
      const first = await generateText({ ...options(label), messages: [question] });
      const messages = [question, ...first.response.messages, { role: 'user', content: again }];
      const second = await generateText({ ...options(label), messages });

      assert.deepEqual([first.steps.length, second.steps.length], [2, 2]);
      assert.ok(second.text);
      await assertAsServed(label, 4);
    });

    test(`AI SDK streams tools by ${api}${under}`, async () => {
      const label = await labelUnder(limit);
      const result = streamText({ ...options(label), prompt });

      assert.ok(await result.text);
      assert.equal((await result.steps).length, 2);
      await assertAsServed(label, 2);
    });
  }
}
