import { describe, expect, it } from 'vitest';
import { draftOfKey, EMPTY_KEY, toKeyChanges, toNewKey, validateKey } from './draft';
import { parseKeyFilter, writeKeyFilter } from './filter';
import { type ApiKey, binds } from './queries';
import { endOfOldSecret, graceOf } from './rotation';
import { keySnippets } from './snippets';
import { keyState } from './status';

const NOW = Date.parse('2026-11-29T17:10:00Z');
const BERLIN = 'Europe/Berlin';

const key = (fields: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1',
  name: 'search',
  user_label: null,
  scopes: ['chat'],
  models: null,
  status: 'active',
  created_at: '2026-11-01T00:00:00Z',
  expires_at: null,
  last_used_at: null,
  revoked_at: null,
  secret_prefix: 'tm_abc',
  retiring_secrets: [],
  ...fields,
});

describe('the form of a key', () => {
  it('asks for a name, a scope and an expiry in the future', () => {
    const draft = { ...EMPTY_KEY, name: ' ', scopes: [], expires: '2026-11-29T18:10' };
    expect(validateKey(draft, EMPTY_KEY, NOW, BERLIN)).toEqual({
      name: 'Enter a name.',
      scopes: 'Choose at least one scope.',
      expires: 'Choose a time in the future.',
    });
    const later = { ...draft, name: 'a', scopes: EMPTY_KEY.scopes, expires: '2026-11-29T18:11' };
    expect(validateKey(later, EMPTY_KEY, NOW, BERLIN)).toEqual({});
  });

  it('lets an expired key be renamed without a new expiry', () => {
    const before = draftOfKey(key({ expires_at: '2026-11-01T00:00:00Z' }), BERLIN);
    expect(validateKey({ ...before, name: 'new' }, before, NOW, BERLIN)).toEqual({});
  });

  it('sends the expiry of the chosen zone and leaves out what is empty', () => {
    expect(toNewKey({ ...EMPTY_KEY, name: ' a ' }, BERLIN)).toEqual({
      name: 'a',
      scopes: ['chat'],
    });
    const draft = { ...EMPTY_KEY, name: 'a', label: 'x', models: ['gpt-4o*'] };
    expect(toNewKey({ ...draft, expires: '2026-12-01T00:00' }, BERLIN)).toEqual({
      name: 'a',
      scopes: ['chat'],
      user_label: 'x',
      models: ['gpt-4o*'],
      expires_at: '2026-11-30T23:00:00.000Z',
    });
  });

  it('sends only what was changed; null removes a list or an expiry', () => {
    const before = draftOfKey(
      key({ models: ['gpt-5'], expires_at: '2026-12-01T00:00:00Z' }),
      BERLIN,
    );
    expect(before.expires).toBe('2026-12-01T01:00');
    expect(toKeyChanges(before, before, BERLIN)).toEqual({});
    expect(toKeyChanges({ ...before, models: [], expires: '' }, before, BERLIN)).toEqual({
      models: null,
      expires_at: null,
    });
  });
});

describe('rotation', () => {
  it('takes a grace of at most 30 days from now', () => {
    expect(graceOf('3600', undefined, NOW)).toEqual({ seconds: 3600 });
    expect(graceOf('until', NOW + 30 * 86_400_000, NOW)).toEqual({ seconds: 2_592_000 });
    expect(graceOf('until', NOW + 30 * 86_400_000 + 1000, NOW)).toHaveProperty('error');
    expect(graceOf('until', NOW, NOW)).toEqual({ error: 'Choose a time in the future.' });
    expect(graceOf('until', undefined, NOW)).toEqual({ error: 'Choose a time.' });
  });

  it('says when the old secret ends, in words', () => {
    expect(endOfOldSecret(86_400, NOW, BERLIN)).toBe(
      'The old secret works until Mon 30 Nov 18:10 (Berlin +01:00).',
    );
    expect(endOfOldSecret(0, NOW, BERLIN)).toContain('at once');
  });
});

describe('the state of a key', () => {
  it.each<[Partial<ApiKey>, string]>([
    [{}, 'active'],
    [{ status: 'revoked' }, 'revoked'],
    [{ status: 'expired' }, 'expired'],
    [{ expires_at: '2026-12-01T17:10:00Z' }, 'expires in 2 days'],
    [{ expires_at: '2027-12-01T17:10:00Z' }, 'active'],
    [
      { retiring_secrets: [{ secret_prefix: 'tm_a', expires_at: '2026-11-29T20:20:00Z' }] },
      'old secret ends in 3 h',
    ],
    [
      { retiring_secrets: [{ secret_prefix: 'tm_a', expires_at: '2026-11-29T17:00:00Z' }] },
      'active',
    ],
  ])('%j is %s', (fields, text) => {
    expect(keyState(key(fields), NOW).text).toBe(text);
  });
});

it('a key is bound by the limits of everyone, its label and itself', () => {
  const bound = key({ user_label: 'a' });
  const subjects = [
    { kind: 'global' },
    { kind: 'label', id: 'a' },
    { kind: 'label', id: '*' },
    { kind: 'key', id: 'key_1' },
    { kind: 'key', id: '*' },
    { kind: 'label', id: 'b' },
    { kind: 'key', id: 'key_2' },
    { kind: 'tag', id: 'team=*' },
  ] as const;
  expect(subjects.map((subject) => binds(subject, bound))).toEqual([
    ...[true, true, true, true, true],
    ...[false, false, false],
  ]);
  expect(binds({ kind: 'label', id: 'a' }, key())).toBe(false);
});

it('the filter of the list survives the URL, and unknown states are left out', () => {
  const filter = { status: 'active', name: 'a b' } as const;
  expect(parseKeyFilter(writeKeyFilter(filter))).toEqual(filter);
  expect(parseKeyFilter({ status: 'other' })).toEqual({ status: undefined, name: '' });
});

it('snippets hold the secret only while it is known', () => {
  const [curl, python, node] = keySnippets({ origin: 'http://x', secret: 'tm_1', label: 'a' });
  for (const snippet of [curl, python, node]) {
    expect(snippet?.code).toContain('tm_1');
    expect(snippet?.code).toContain('X-User-Label');
    expect(snippet?.code).not.toContain('TOKENMETER_KEY');
  }
  const [plain] = keySnippets({ origin: 'http://x' });
  expect(plain?.code).toContain('$TOKENMETER_KEY');
  expect(plain?.code).not.toContain('X-User-Label');
});
