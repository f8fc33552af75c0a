import { expect, test } from 'vitest';
import { causesText, everyDay, fetchingText, lastDays, shareOf, stateOf } from './days';
import type { ReconciledRow } from './queries';

const counts = (cost: string | null, calls = 0) => ({
  calls,
  input_tokens: 0,
  cached_tokens: 0,
  output_tokens: 0,
  cost_usd: cost,
});

const row = (fields: Partial<ReconciledRow>): ReconciledRow => ({
  day: '2026-11-27',
  fetched_at: '2026-11-29T00:00:00Z',
  is_final: true,
  ledger: { ...counts('4.6'), failed_calls: 0, estimated_calls: 0, unpriced_calls: 0 },
  provider: counts('4.6'),
  difference: counts('0'),
  causes: [],
  ...fields,
});

test('a day is equal, explained, open, not final or not fetched', () => {
  const differs = { difference: counts('0.01') };
  expect(stateOf(row({}))).toBe('equal');
  expect(stateOf(row({ difference: counts('0.000') }))).toBe('equal');
  // A provider may count tokens only.
  expect(stateOf(row({ difference: { ...counts('0'), calls: null } }))).toBe('equal');
  expect(stateOf(row({ ...differs, causes: ['boundary'] }))).toBe('explained');
  expect(stateOf(row({ ...differs, causes: ['boundary', 'unexplained'] }))).toBe('open');
  expect(stateOf(row(differs))).toBe('open');
  expect(stateOf(row({ ...differs, is_final: false, causes: ['not_yet_final'] }))).toBe(
    'not final',
  );
  expect(stateOf(row({ provider: null, difference: null, causes: ['not_fetched'] }))).toBe(
    'not fetched',
  );
});

test('every day of the range has a state, and unknown is not zero', () => {
  const days = { from: '2026-11-26', to: '2026-11-29' };
  expect(everyDay([row({})], ['2026-11-28'], days).map(({ state }) => state)).toEqual([
    'no calls',
    'equal',
    'not fetched',
  ]);
  expect(lastDays(Date.parse('2026-11-30T23:59:59Z'))).toEqual({
    from: '2026-08-31',
    to: '2026-12-01',
  });
});

test('a share is of the ledger, and unknown without one', () => {
  expect(shareOf(row({ difference: counts('-0.046') }))).toBe(0.01);
  expect(shareOf(row({ ledger: null }))).toBeUndefined();
  expect(shareOf(row({ difference: counts(null) }))).toBeUndefined();
});

test('causes and fetching are said in words, also those of later versions', () => {
  expect(causesText(['boundary', 'new_cause'])).toBe('calls at the day’s edge, new cause');
  expect(fetchingText({ status: 'never', error: null }, 'openai')).toContain('OPENAI_ADMIN_KEY');
  expect(fetchingText({ status: 'failed', error: 'HTTP 503' }, 'openai')).toContain('HTTP 503');
  expect(fetchingText({ status: 'complete', error: null }, 'openai')).toBeUndefined();
  expect(fetchingText({ status: 'never', error: null }, 'anthropic')).toContain(
    'ANTHROPIC_ADMIN_KEY',
  );
});
