// Claude Code as people run it, with a home of its own: its whole start and turns with a tool.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  apiUrl,
  assertAsServed,
  callsOf,
  chatKey,
  limits,
  newLabel,
  refusalsOf,
  setHardLimit,
  useUpLimit,
} from './stack.js';

const claude = fileURLToPath(new URL('../node_modules/@anthropic-ai/claude-code/cli-wrapper.cjs', import.meta.url));
const folders = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function newHome() {
  const home = await mkdtemp(join(tmpdir(), 'tokenmeter-claude-'));
  folders.push(home);
  await mkdir(join(home, 'work'));
  // The mock provider calls a tool with `text` for each string.
  await writeFile(join(home, 'work', 'text'), 'The sea is calm');
  return home;
}

/** Two settings point it at Tokenmeter; the label is a header. */
async function run(home, label, ...words) {
  const options = {
    cwd: join(home, 'work'),
    env: {
      PATH: process.env.PATH,
      HOME: home,
      ANTHROPIC_BASE_URL: apiUrl,
      ANTHROPIC_AUTH_TOKEN: chatKey,
      ANTHROPIC_CUSTOM_HEADERS: `X-User-Label: ${label}`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  };
  const settings = ['--model', 'claude-opus-5', '--output-format', 'json', ...words];
  const running = promisify(execFile)(process.execPath, [claude, '-p', ...settings], options);
  running.child.stdin.end();
  // It exits with 1 after a turn that failed.
  const { stdout, stderr } = await running.catch((error) => error);
  assert.ok(stdout, stderr);
  return JSON.parse(stdout);
}

for (const limit of limits) {
  const bound = limit ? ` under a hard limit of $${limit} a day` : '';
  test(`Claude Code reads a file in two turns${bound}`, async () => {
    const [home, label] = [await newHome(), newLabel()];
    if (limit) await setHardLimit(label, limit);

    const first = await run(home, label, 'Look around with Read');
    const second = await run(home, label, '--resume', first.session_id, 'Once more with Read');

    for (const turn of [first, second]) {
      assert.deepEqual([turn.is_error, turn.num_turns, turn.permission_denials], [false, 2, []], turn.result);
    }
    // The mock provider names its calls after the session.
    await assertAsServed(label, 4, first.session_id);
    const rows = await callsOf(label);
    assert.deepEqual([...new Set(rows.map((row) => row.provider))], ['anthropic']);
    // Its own count of the session.
    const counted = [first, second].map(({ usage }) => usage.output_tokens);
    assert.equal(rows.reduce((sum, row) => sum + row.output_tokens, 0), counted[0] + counted[1]);
  });
}

test('Claude Code stops once its budget is used up', async () => {
  const [home, label] = [await newHome(), newLabel()];
  const first = await run(home, label, 'Look around with Read');
  const limit = await useUpLimit(label);

  const second = await run(home, label, '--resume', first.session_id, 'Once more with Read');

  assert.deepEqual([second.is_error, second.api_error_status, second.api_error_type], [true, 429, 'billing_error']);
  assert.match(second.result, /spend limit reached \(daily; resets /);
  assert.equal(await refusalsOf(limit), 1);
});
