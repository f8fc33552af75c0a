import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseSettings } from '../lib/settings/parse.ts';
import { reductions, statefulSettings } from '../lib/settings/reductions.ts';
import { path, synthesise } from './app.ts';

const deployed = (choices: Record<string, unknown>) =>
  JSON.parse(JSON.stringify(statefulSettings(parseSettings(choices)))) as Record<string, unknown>;

describe('a reduction of a stateful setting is noticed', () => {
  const restore = { databaseRestoreFrom: 'db-A', databaseRestoreTime: '2026-11-29T14:30:00Z' };
  test.each([
    [{ databaseStorageGib: 100 }, { databaseStorageGib: 99 }, ['databaseStorageGib']],
    [{ databaseBackupDays: 14 }, {}, ['databaseBackupDays']],
    [{ databaseMultiAz: true }, {}, ['databaseMultiAz']],
    [{ databaseSnapshot: 'a' }, {}, ['databaseSnapshot']],
    [{ databaseSnapshot: 'a' }, { databaseSnapshot: 'b' }, ['databaseSnapshot']],
    [{}, { databaseSnapshot: 'b' }, ['databaseSnapshot']],
    [restore, {}, ['databaseRestoreFrom', 'databaseRestoreTime']],
    [{}, { retentionMonths: 12 }, ['retentionMonths']],
    [{ retentionMonths: 12 }, { retentionMonths: 6 }, ['retentionMonths']],
    [{ logRetentionDays: 60 }, {}, ['logRetentionDays']],
    [{ openaiAdminKey: true }, {}, ['openaiAdminKey']],
    [{ limitEventsWebhookUrl: 'https://example.com' }, {}, ['limitEventsWebhookUrl']],
  ])('%j to %j', (before, after, settings) => {
    expect(reductions(deployed(before), parseSettings(after)).map(({ setting }) => setting)).toEqual(settings);
  });

  test.each([
    [{}, {}],
    [{}, { databaseStorageGib: 50, databaseBackupDays: 30, databaseMultiAz: true, logRetentionDays: 365 }],
    [{ retentionMonths: 6 }, {}],
    [{ retentionMonths: 6 }, { retentionMonths: 7 }],
    [{ databaseSnapshot: 'a' }, { databaseSnapshot: 'a', databaseBackupDays: 8 }],
    [{ chatConcurrency: 60 }, { chatConcurrency: 10 }],
  ])('%j to %j loses nothing', (before, after) => {
    expect(reductions(deployed(before), parseSettings(after))).toEqual([]);
  });

  test('a setting that an older version did not record is not compared', () => {
    expect(reductions({}, parseSettings({ retentionMonths: 1 }))).toEqual([]);
  });

  test('the data stack records the settings under the name that is read', () => {
    const { data, settings } = synthesise({ databaseBackupDays: 14 });
    const [record] = Object.values(data.findResources('AWS::SSM::Parameter')).filter(
      ({ Properties }) => Properties.Name === '/tokenmeter/tokenmeter/settings',
    );
    expect(JSON.parse(record?.Properties.Value)).toEqual(statefulSettings(settings));
    const secret = { limitEventsWebhookUrl: 'https://hooks.example.com/T0/secret' };
    expect(JSON.stringify(deployed(secret))).not.toContain('secret');
  });
});

describe('npm run deploy', () => {
  let bin: string;
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'bin-'));
    script('cdk', `printf '%s\\n' "$@" > ${bin}/cdk.log`);
  });
  afterEach(() => rmSync(bin, { recursive: true }));

  function script(name: string, body: string): void {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }

  function run(...args: string[]) {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), path('../bin/deploy.ts'), ...args],
      { encoding: 'utf8', env: { ...process.env, PATH: `${bin}${delimiter}/usr/bin${delimiter}/bin` } },
    );
    const log = join(bin, 'cdk.log');
    return { status, stderr, cdk: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : undefined };
  }

  test('refuses a loss, and deploys once it is confirmed by name', () => {
    const recorded = JSON.stringify(deployed({ databaseBackupDays: 14 }));
    script('aws', `printf '%s\\n' "$@" > ${bin}/aws.log; printf '%s' '${recorded}'`);
    const refused = run('-c', 'databaseBackupDays=7');
    expect(refused.stderr).toContain('databaseBackupDays from 14 to 7: backups older than the new limit are deleted');
    expect(refused.stderr).toContain('--confirm databaseBackupDays');
    expect([refused.status, refused.cdk]).toEqual([1, undefined]);
    expect(readFileSync(join(bin, 'aws.log'), 'utf8')).toContain('/tokenmeter/tokenmeter/settings');

    expect(run('-c', 'databaseBackupDays=7', '--confirm', 'databaseMultiAz').status).toBe(1);
    const confirmed = run('-c', 'databaseBackupDays=7', '--confirm', 'databaseBackupDays', '--profile', 'ops');
    expect(confirmed.cdk).toEqual(['deploy', '--all', '-c', 'databaseBackupDays=7', '--profile', 'ops']);
  });

  test('deploys for the first time without a record', () => {
    script('aws', 'echo "An error occurred (ParameterNotFound) when calling GetParameter" >&2; exit 254');
    expect(run()).toMatchObject({ status: 0, cdk: ['deploy', '--all'] });
  });

  test('does not deploy if the record cannot be read, or a setting is wrong', () => {
    script('aws', 'echo "Unable to locate credentials" >&2; exit 253');
    const { status, stderr, cdk } = run();
    expect(stderr).toContain('could not be read from /tokenmeter/tokenmeter/settings: Unable to locate credentials');
    expect([status, cdk]).toEqual([1, undefined]);
    expect(run('-c', 'egress=nat').stderr).toMatch(/^Settings: egress must be one of/);
  });
});
