// Agents whose budget is used up, or too small for their next call: they stop and say why, instead of sending it again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, tool as agentTool } from '@openai/agents';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { apiUrl, attempts, chatKey, clientOf, newLabel, refusalsOf, setHardLimit, usedUp, useUpLimit } from './stack.js';

const model = 'gpt-5.4-mini';
const prompt = 'Use get_weather and tell me how the sea is';
const inputSchema = z.object({ city: z.string() });
const weather = ({ city }) => `21 degrees in ${city}`;

/** `ask(label)` resolves to an answer, or rejects; `requests` is how often the agent sends a call that is refused. */
const agents = [];

for (const [api, Model] of [['chat', OpenAIChatCompletionsModel], ['responses', OpenAIResponsesModel]]) {
  const run = (label, options) => {
    const tools = [agentTool({ name: 'get_weather', description: 'Weather', parameters: inputSchema, execute: weather })];
    const agent = new Agent({ name: 'Weather', model: new Model(clientOf(label), model), tools });
    return new Runner({ tracingDisabled: true }).run(agent, prompt, options);
  };
  agents.push({ name: `Agents SDK by ${api}`, requests: 1, ask: async (label) => (await run(label)).finalOutput });
  agents.push({
    name: `Agents SDK streams by ${api}`,
    requests: 1,
    ask: async (label) => {
      const result = await run(label, { stream: true });
      for await (const _ of result);
      return result.finalOutput;
    },
  });

  const options = (label) => ({
    model: createOpenAI({
      baseURL: `${apiUrl}/v1`,
      apiKey: chatKey,
      headers: { 'X-User-Label': label, 'X-Client-Request-Id': label },
    })[api](model),
    tools: { get_weather: tool({ description: 'Weather', inputSchema, execute: weather }) },
    stopWhen: stepCountIs(5),
    prompt,
  });
  agents.push({ name: `AI SDK by ${api}`, requests: 3, ask: async (label) => (await generateText(options(label))).text });
  agents.push({
    name: `AI SDK streams by ${api}`,
    requests: 3,
    ask: async (label) => {
      let failure;
      const result = streamText({ ...options(label), onError: ({ error }) => (failure = error) });
      await result.consumeStream();
      if (failure) throw failure;
      return result.text;
    },
  });
}

for (const { name, requests, ask } of agents) {
  test(`${name} stops once its budget is used up`, async () => {
    const label = newLabel();
    assert.ok(await ask(label));
    const served = (await attempts(label)).length;
    const limit = await useUpLimit(label);

    await assert.rejects(ask(label), usedUp);
    assert.equal(await refusalsOf(limit), requests);
    assert.equal((await attempts(label)).length, served);
  });

  test(`${name} stops at a call larger than its budget`, async () => {
    const label = newLabel();
    const limit = await setHardLimit(label, '0.000001');

    await assert.rejects(ask(label), /would be exceeded.*this call may need/);
    assert.equal(await refusalsOf(limit), 1);
    assert.equal((await attempts(label)).length, 0);
  });
}
