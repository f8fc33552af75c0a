// Google's official client and Gemini CLI: what they return, and what the ledger records.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { GoogleGenAI } from '@google/genai';
import { apiUrl, assertAsServed, attempts, callsOf, chatKey, newLabel, refusalsOf, setHardLimit } from './stack.js';

const model = 'gemini-3.5-flash';
const contents = 'Tell me of the sea and of the wind';
const served = await fetch(`${apiUrl}/v1beta/models`, { headers: { 'x-goog-api-key': chatKey } });
const skip = served.status === 404 && 'this API has no Gemini upstream';
const cli = fileURLToPath(new URL('../node_modules/@google/gemini-cli/bundle/gemini.js', import.meta.url));
const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** The official client with only base URL and key changed; label and tag are ordinary headers. */
function clientOf(label) {
  const headers = { 'X-User-Label': label, 'X-Client-Request-Id': label };
  return new GoogleGenAI({ apiKey: chatKey, httpOptions: { baseUrl: apiUrl, headers } });
}

test('content is metered with its usage', { skip }, async () => {
  const label = newLabel();
  const { text, usageMetadata: usage } = await clientOf(label).models.generateContent({ model, contents });

  const [call] = await callsOf(label);
  assert.ok(text);
  assert.deepEqual([call.input_tokens, call.output_tokens], [usage.promptTokenCount, usage.candidatesTokenCount]);
  await assertAsServed(label, 1);
});

test('a stream is metered with its last usage', { skip }, async () => {
  const label = newLabel();
  const metadata = { mock_cached_audio_tokens: '100', mock_reasoning_tokens: '30', mock_prompt_tokens: '1000' };
  const config = { httpOptions: { extraBody: { metadata } } };
  let usage;
  for await (const chunk of await clientOf(label).models.generateContentStream({ model, contents, config })) {
    usage = chunk.usageMetadata;
  }

  const [call] = await callsOf(label);
  assert.deepEqual([call.cached_audio_tokens, call.reasoning_tokens], [100, 30]);
  assert.equal(call.input_tokens + call.output_tokens, usage.totalTokenCount);
  await assertAsServed(label, 1);
});

test('a used-up budget is one request', { skip }, async () => {
  const label = newLabel();
  const client = clientOf(label);
  const { usageMetadata: usage } = await client.models.generateContent({ model, contents });
  const limit = await setHardLimit(label, usage.totalTokenCount, 'tokens');

  const error = await client.models.generateContent({ model, contents }).then(assert.fail, (error) => error);
  assert.equal(error.status, 429);
  assert.match(error.message, /RESOURCE_EXHAUSTED.*PerDay/s);
  assert.equal(await refusalsOf(limit), 1);
  assert.equal((await attempts(label)).length, 1);
});

async function newHome() {
  const home = await mkdtemp(join(tmpdir(), 'tokenmeter-gemini-'));
  folders.push(home);
  await mkdir(join(home, 'work'));
  await mkdir(join(home, '.gemini'));
  // The mock provider calls a function with `text` for each string.
  await writeFile(join(home, 'work', 'text'), 'The sea is calm');
  const settings = {
    general: { disableAutoUpdate: true, disableUpdateNag: true },
    privacy: { usageStatisticsEnabled: false },
    security: { auth: { selectedType: 'gemini-api-key' } },
  };
  await writeFile(join(home, '.gemini', 'settings.json'), JSON.stringify(settings));
  return home;
}

/** Two settings point it at Tokenmeter; label and tag are headers. */
async function run(home, label) {
  const words = ['-p', 'Look around with read_file', '--model', model, '--output-format', 'json', '--skip-trust'];
  const options = {
    cwd: join(home, 'work'),
    env: {
      PATH: process.env.PATH,
      HOME: home,
      GOOGLE_GEMINI_BASE_URL: apiUrl,
      GEMINI_API_KEY: chatKey,
      GEMINI_CLI_CUSTOM_HEADERS: `X-User-Label: ${label}, X-Client-Request-Id: ${label}`,
    },
  };
  const running = promisify(execFile)(process.execPath, [cli, ...words], options);
  running.child.stdin.end();
  // It exits with an error after a turn that failed.
  const { stdout, stderr } = await running.catch((error) => error);
  return { report: stdout.startsWith('{') ? JSON.parse(stdout) : undefined, stderr };
}

for (const limit of [null, '5.00']) {
  const bound = limit ? ` under a hard limit of $${limit} a day` : '';
  test(`Gemini CLI reads a file${bound}`, { skip }, async () => {
    const [home, label] = [await newHome(), newLabel()];
    if (limit) await setHardLimit(label, limit);

    const { report, stderr } = await run(home, label);

    assert.ok(report?.response, stderr);
    const { stats } = report;
    assert.equal(stats.tools.byName.read_file.success, 1);
    await assertAsServed(label, 2);
    // Its own count of the session.
    const rows = await callsOf(label);
    assert.deepEqual(new Set(rows.map(({ tags }) => tags.client)), new Set(['gemini-cli']));
    const counted = Object.values(stats.models).reduce((sum, { tokens }) => sum + tokens.total, 0);
    assert.equal(rows.reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0), counted);
  });
}

test('Gemini CLI stops once its budget is used up', { skip }, async () => {
  const [home, label] = [await newHome(), newLabel()];
  await run(home, label);
  const used = (await callsOf(label)).reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0);
  const limit = await setHardLimit(label, used, 'tokens');

  const { stderr } = await run(home, label);

  // Its own words for a limit that it does not wait for.
  assert.match(stderr, /exhausted your daily quota/);
  assert.equal(await refusalsOf(limit), 1);
});
