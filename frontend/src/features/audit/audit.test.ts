import { expect, test } from 'vitest';
import { auditText } from '../../ui/auditValue';
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
  expect(subjectOf(rotated, new Map([['key_abcdef', 'ci']]))).toBe('ci');
  const price = { model: 'a/b', service_tier: 'flex' };
  const upstream = { subject_kind: 'upstream', subject_id: 'groq', after: { name: 'groq' } };
  expect([subjectOf(entry(upstream)), pathOf(entry(upstream))]).toEqual(['groq', '/upstreams']);
  const priced = entry({ subject_kind: 'price', subject_id: '9', after: price });
  expect([subjectOf(priced), pathOf(priced)]).toEqual(['a/b · flex', '/prices/a%2Fb']);
  const fee = { tool: 'web_search', model: 'gpt-5' };
  const charged = entry({ subject_kind: 'fee', subject_id: '9', after: fee });
  expect([subjectOf(charged), pathOf(charged)]).toEqual(['web_search · gpt-5', undefined]);
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

test('a new price lists its rates first, and no threshold of zero', () => {
  const after = { output: '6', above_input_tokens: 0, cached_input: '0.75', input: '1.5' };
  const shown = shownFields(entry({ subject_kind: 'price', action: 'create', after })).after;
  expect(Object.keys(shown)).toEqual(['input', 'cached_input', 'output']);
});

test('values have their units', () => {
  const limit = entry({ after: { metric: 'usd' } });
  expect(auditText('250', 'amount', limit)).toBe('$250.00');
  expect(auditText(2_000_000, 'amount', entry({ after: { metric: 'tokens' } }))).toBe('2,000,000');
  expect(auditText('0.075', 'cached_input', entry({}))).toBe('$0.075');
  expect(auditText(10_800, 'grace_seconds', entry({}))).toBe('3 h');
  expect(auditText(604_800, 'grace_seconds', entry({}))).toBe('7 days');
  expect(auditText(0, 'grace_seconds', entry({}))).toBe('no time');
  expect(auditText(null, 'amount', limit)).toBe('none');
  expect(auditText(['chat', 'admin'], 'scopes', entry({}))).toBe('chat, admin');
});
