import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from '../lib/settings/load.ts';
import { parseSettings } from '../lib/settings/parse.ts';
import { path } from './app.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): void {
  writeFileSync(join(folder, `${name}.json`), typeof content === 'string' ? content : JSON.stringify(content));
}

describe('a deployment has its settings in a file', () => {
  test('the name selects the file and the stacks', () => {
    write('staging', { egress: 'none', databaseBackupDays: 14 });
    write('other', { egress: 'nat-instance' });
    expect(loadSettings({ name: 'staging' }, folder)).toEqual(
      parseSettings({ name: 'staging', egress: 'none', databaseBackupDays: 14 }),
    );
  });

  test('the command line overrides, and an empty value resets', () => {
    write('staging', { egress: 'none', alarmEmail: 'ops@example.com' });
    const settings = loadSettings({ name: 'staging', egress: 'nat-instance', alarmEmail: '' }, folder);
    expect(settings).toMatchObject({ egress: 'nat-instance', alarmEmail: undefined });
  });

  test('only the default deployment may do without a file', () => {
    expect(loadSettings({}, folder)).toEqual(parseSettings({}));
    write('tokenmeter', { egress: 'none' });
    expect(loadSettings({}, folder).egress).toBe('none');
    expect(() => loadSettings({ name: 'staging' }, folder)).toThrow(
      'config/staging.json does not exist: copy config/example.json there and edit it, or pass the name of another ' +
        'deployment (files in config/: tokenmeter.json)',
    );
  });

  test('the example is valid', () => {
    expect(loadSettings({ name: 'example' }, path('../config')).databaseMultiAz).toBe(true);
  });
});

test.each([
  ['{"egress": "none",}', /^config\/bad\.json is not valid JSON: /],
  ['', /^config\/bad\.json is not valid JSON: /],
  ['["none"]', /^config\/bad\.json must hold one JSON object/],
  ['null', /^config\/bad\.json must hold one JSON object/],
  [{ egress: 'nat' }, /^egress must be one of .*, not "nat" \(from config\/bad\.json\)$/],
  [{ databaseBackupDays: '3' }, /^databaseBackupDays must be .*, not "3" \(from config\/bad\.json\)$/],
  [{ chatConcurrency: 1.5 }, /^chatConcurrency must be a whole number .*, not 1\.5/],
  [{ alarmEmail: ['a@b.c'] }, /^alarmEmail must be an e-mail address, not \["a@b\.c"\]/],
  [
    { databaseMultiAZ: true },
    /^unknown setting databaseMultiAZ \(from config\/bad\.json\); did you mean databaseMultiAz\?$/,
  ],
  [{ egres: 'none' }, /did you mean egress\?$/],
  [{ reserveConcurency: false }, /did you mean reserveConcurrency\?$/],
  [{ colour: 'red' }, /^unknown setting colour .*; known settings: name, /],
  [{ name: 'good' }, /^config\/bad\.json says name "good", but its deployment is bad/],
  [{ preview: true }, /^preview belongs on the command line/],
])('%j is refused with its file', (content, message) => {
  write('bad', content);
  expect(() => loadSettings({ name: 'bad' }, folder)).toThrow(message);
});

test.each(['../secret', 'Upper', '1st', 'a'.repeat(31), 'a-', '', 7])(
  'name %j is refused before a file is read',
  (name) => {
    expect(() => loadSettings({ name }, folder)).toThrow(/^name must be at most 30 lower-case letters/);
  },
);

test('errors of the command line say so', () => {
  write('staging', { egress: 'none' });
  expect(() => loadSettings({ name: 'staging', egress: 'nat' }, folder)).toThrow(
    /not "nat" \(from the command line\)$/,
  );
});
