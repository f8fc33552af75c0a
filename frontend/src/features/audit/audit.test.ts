import { expect, test } from 'vitest';
import { parseAudit, writeAudit } from './auditSearch';
import type { AuditEntry } from './queries';
import { pathOf, shownFields, subjectOf } from './words';

const entry = (fields: object) =>
  ({
    action: 'update',
    subject_kind: 'limit',
    subject_id: 'lim_0123456789',
    before: null,
    after: null,
    ...fields,
  }) as AuditEntry;

test('a filter survives the URL, and unknown values are ignored', () => {
  const filter = { kind: 'limit', action: 'update', who: 'key_1', id: 'lim_1' } as const;
  expect(parseAudit(writeAudit(filter))).toEqual(filter);
  expect(parseAudit({ kind: 'toString', action: ['burn'], who: '' })).toEqual({});
});

test('an entry is named after its subject, also where that is deleted', () => {
  const subject = { kind: 'label', id: 'checkout-bot' };
  const limit = { subject, window: 'month' };
  const deleted = entry({ action: 'delete', before: limit });
  expect(subjectOf(deleted)).toBe('checkout-bot · month');
  expect(pathOf(deleted)).toBeUndefined();
  const each = { subject: { kind: 'key', id: '*' }, window: 'day' };
  expect(subjectOf(entry({ after: each }))).toBe('each key · day');
  expect(subjectOf(entry({}))).toBe('…456789');
  const rotated = entry({ subject_kind: 'key', subject_id: 'key_abcdef', after: {} });
  expect(subjectOf(rotated)).toBe('…abcdef');
  const price = { model: 'a/b', service_tier: 'flex' };
  const priced = entry({ subject_kind: 'price', subject_id: '9', after: price });
  expect([subjectOf(priced), pathOf(priced)]).toEqual(['a/b · flex', '/prices/a%2Fb']);
});

test('empty fields are left out where there is nothing to compare with', () => {
  const created = { name: 'ci', scopes: ['chat'], models: null };
  expect(shownFields(entry({ after: created }))).toEqual({
    before: {},
    after: { scopes: ['chat'] },
  });
  const changed = { before: { models: null }, after: { models: ['gpt-5'] } };
  expect(shownFields(entry(changed))).toEqual(changed);
});
