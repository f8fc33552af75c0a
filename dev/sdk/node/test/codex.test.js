// Codex CLI as people run it, with a home of its own and two turns with tools.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { apiUrl, assertAsServed, chatKey, labelUnder, limits, newLabel, refusalsOf, useUpLimit } from './stack.js';

const codex = fileURLToPath(new URL('../node_modules/@openai/codex/bin/codex.js', import.meta.url));
const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** `limited`: each earlier search in the input adds 128,000 tokens to a bound, which $5 cannot reserve for long. */
async function homeFor(label, limited) {
  const home = await mkdtemp(join(tmpdir(), 'tokenmeter-codex-'));
  folders.push(home);
  await mkdir(join(home, 'work'));
  const config = `
model = "gpt-5.4"
model_provider = "tokenmeter"
sandbox_mode = "read-only"
approval_policy = "never"
web_search = "${limited ? 'disabled' : 'cached'}"

[model_providers.tokenmeter]
name = "Tokenmeter"
base_url = "${apiUrl}/v1"
env_key = "TOKENMETER_CHAT_KEY"
wire_api = "responses"
http_headers = { "X-User-Label" = "${label}" }
`;
  await writeFile(join(home, 'config.toml'), config);
  return home;
}

async function run(home, ...words) {
  const options = {
    cwd: join(home, 'work'),
    env: { PATH: process.env.PATH, HOME: home, CODEX_HOME: home, TOKENMETER_CHAT_KEY: chatKey },
  };
  const running = promisify(execFile)(process.execPath, [codex, 'exec', '--json', '--skip-git-repo-check', ...words], options);
  running.child.stdin.end();
  // Codex exits with 1 after a turn that failed.
  const { stdout } = await running.catch((error) => error);
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line));
  return {
    answer: events.find((event) => event.item?.type === 'agent_message')?.item.text,
    failure: events.find((event) => event.type === 'turn.failed')?.error.message,
    thread: events.find((event) => event.type === 'thread.started')?.thread_id,
  };
}

for (const limit of limits) {
  test(`Codex runs tools in two turns${limit ? ` under a hard limit of $${limit} a day` : ''}`, async () => {
    const label = await labelUnder(limit);
    const home = await homeFor(label, limit !== null);

    const first = await run(home, 'Look around with exec_command');
    const second = await run(home, 'resume', first.thread, 'Once more with exec_command');

    assert.ok(first.answer && second.answer);
    // Codex sends the thread as its own client request id.
    await assertAsServed(label, 4, first.thread);
  });
}

test('Codex stops once its budget is used up', async () => {
  const label = newLabel();
  const home = await homeFor(label, true);
  const first = await run(home, 'Look around with exec_command');
  assert.ok(first.answer, first.failure);
  const limit = await useUpLimit(label);

  const second = await run(home, 'resume', first.thread, 'Once more with exec_command');

  // Its own words for a used-up budget, which it does not retry as it does rate limits.
  assert.match(second.failure, /Quota exceeded/);
  assert.equal(await refusalsOf(limit), 1);
});
