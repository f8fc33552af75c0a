import { describe, expect, it } from 'vitest';
import type { Timeseries } from '../../api/usage';
import { budgetOf } from '../../lib/budgets';
import { addDays, toInstant } from '../../lib/zone';
import { countWindows, passedWindows, windowStart } from './backtest';
import {
  choiceOf,
  draftOfLimit,
  EMPTY_LIMIT,
  type Limit,
  type LimitDraft,
  subjectOf,
  toLimitChanges,
  toNewLimit,
  unitsOf,
  validateLimit,
} from './draft';
import { previewOf, previewParams } from './preview';
import { isShown, parseShow } from './show';
import { startOfLimit } from './start';
import { whatText } from './words';

const BERLIN = 'Europe/Berlin';
const NOW = Date.parse('2026-11-29T17:10:00Z');

const draft = (fields: Partial<LimitDraft> = {}): LimitDraft => ({
  ...EMPTY_LIMIT,
  zone: BERLIN,
  id: 'checkout-bot',
  amount: '250',
  ...fields,
});

const limit = (fields: Partial<Limit> = {}): Limit => ({
  id: 'lim_1',
  subject: { kind: 'label', id: 'a' },
  metric: 'usd',
  window: 'month',
  amount: '250',
  mode: 'hard',
  time_zone: BERLIN,
  unbounded: 'reserve',
  used: '200',
  reserved: '6',
  remaining: '44',
  overrun: '0',
  refusals: 0,
  windows: null,
  resets_at: '2026-11-30T23:00:00Z',
  created_by: null,
  created_by_label: null,
  created_at: '2026-11-01T00:00:00Z',
  updated_at: '2026-11-01T00:00:00Z',
  ...fields,
});

describe('the form of a limit', () => {
  it.each([
    ['250', 'usd', 250_000_000_000_000n],
    ['$1,250.50', 'usd', 1_250_500_000_000_000n],
    ['0.000000000001', 'usd', 1n],
    ['0.0000000000001', 'usd', undefined],
    ['-1', 'usd', undefined],
    ['1e3', 'usd', undefined],
    ['', 'usd', undefined],
    ['1 000', 'requests', 1000n],
    ['1.5', 'tokens', undefined],
    ['0', 'requests', 0n],
  ] as const)('reads %j %s as %s', (amount, metric, units) => {
    expect(unitsOf({ amount, metric })).toBe(units);
  });

  it('asks for an amount and for whom', () => {
    expect(validateLimit(draft({ amount: 'x', id: ' ' }))).toEqual({
      amount: 'Enter an amount, such as 250.',
      id: 'Choose the label.',
    });
    expect(validateLimit(draft({ subject: 'global', id: '' }))).toEqual({});
    expect(validateLimit(draft({ subject: 'each-label', id: '' }))).toEqual({});
    expect(validateLimit(draft({ subject: 'each-tag', id: '' }))).toHaveProperty('id');
  });

  it.each([
    [{ kind: 'global' }],
    [{ kind: 'label', id: 'a' }],
    [{ kind: 'label', id: '*' }],
    [{ kind: 'key', id: 'key_1' }],
    [{ kind: 'key', id: '*' }],
    [{ kind: 'tag', id: 'team=a=b' }],
    [{ kind: 'tag', id: 'team=*' }],
  ] as const)('the subject %j survives the form', (subject) => {
    expect(subjectOf(choiceOf(subject))).toEqual(subject);
  });

  it('keeps money a string and leaves out the window of calls at once', () => {
    expect(toNewLimit(draft({ amount: '$1,250.10' }))).toEqual({
      subject: { kind: 'label', id: 'checkout-bot' },
      metric: 'usd',
      window: 'month',
      amount: '1250.10',
      mode: 'hard',
      time_zone: BERLIN,
      unbounded: 'reserve',
    });
    const calls = toNewLimit(draft({ metric: 'concurrency', amount: '5', unbounded: 'refuse' }));
    expect(calls).toMatchObject({ amount: 5, unbounded: 'reserve' });
    expect(calls).not.toHaveProperty('window');
  });

  it('sends only what was changed; another way to write an amount is no change', () => {
    const before = draftOfLimit(limit());
    expect(toLimitChanges({ ...before, amount: '$250.00' }, before)).toEqual({});
    expect(toLimitChanges({ ...before, amount: '300', mode: 'soft' }, before)).toEqual({
      amount: '300',
      mode: 'soft',
    });
  });

  it('a link opens it for one subject', () => {
    expect(startOfLimit({ new: 'key', subject: 'key_1' })).toEqual({ subject: 'key', id: 'key_1' });
    expect(startOfLimit({ new: 'toString' })).toBeUndefined();
    expect(startOfLimit({})).toBeUndefined();
  });
});

/** One point a day in Berlin, from the date on. */
function series(from: string, costs: readonly (string | null)[]): Timeseries {
  const points = costs.map((cost, index) => ({
    start: new Date(toInstant(addDays(from, index), BERLIN)).toISOString(),
    calls: cost === null ? 0 : 2,
    cost_usd: cost,
    total_input_tokens: 10,
    total_output_tokens: 5,
    total_cached_tokens: 0,
    total_reasoning_tokens: 0,
    failed_calls: 0,
    estimated_calls: 0,
    unpriced_calls: 0,
    latency_p50_ms: null,
    latency_p95_ms: null,
  }));
  return {
    interval: 'day',
    tz: BERLIN,
    from: points[0]?.start ?? '',
    to: new Date(NOW).toISOString(),
    series: [{ group: {}, is_other: true, points }],
  } as unknown as Timeseries;
}

/** From 1 August to 29 November 2026. */
const DAYS = 121;

describe('the test against history', () => {
  it('starts weeks on Monday and months on the first', () => {
    expect(windowStart('2026-11-29', 'week')).toBe('2026-11-23');
    expect(windowStart('2026-11-23', 'week')).toBe('2026-11-23');
    expect(windowStart('2026-11-29', 'month')).toBe('2026-11-01');
    expect(windowStart('2026-11-29', 'day')).toBe('2026-11-29');
  });

  it('asks for whole windows in the zone of the limit', () => {
    expect(previewParams(draft(), NOW)).toMatchObject({
      from: '2026-07-31T22:00:00.000Z',
      user_label: ['checkout-bot'],
      tz: BERLIN,
      interval: 'day',
      top: 0,
    });
    expect(previewParams(draft({ subject: 'tag', id: 'team=a=b' }), NOW)).toMatchObject({
      'tag.team': ['a=b'],
    });
    expect(previewParams(draft({ subject: 'each-tag', id: 'team' }), NOW)).toMatchObject({
      group_by: 'tag.team',
      top: 20,
    });
    expect(previewParams(draft({ id: '' }), NOW)).toBeUndefined();
    expect(previewParams(draft({ metric: 'concurrency' }), NOW)).toBeUndefined();
    expect(previewParams(draft({ window: 'minute' }), NOW)).toBeUndefined();
  });

  it('adds days up exactly, across the change of the clocks', () => {
    const answer = series('2026-08-01', Array(DAYS).fill('0.000000000001'));
    const [counted] = countWindows(answer, {
      metric: 'usd',
      window: 'month',
      zone: BERLIN,
      now: NOW,
    });
    expect(counted?.current).toBe(29n);
    expect(counted?.past).toEqual([
      { start: '2026-08-01', units: 31n },
      { start: '2026-09-01', units: 30n },
      { start: '2026-10-01', units: 31n },
    ]);
    expect(passedWindows(counted?.past ?? [], 30n)).toHaveLength(2);
    expect(counted?.days).toHaveLength(28);
  });

  it('counts no window before the first call', () => {
    const answer = series('2026-08-01', [...Array(80).fill(null), ...Array(41).fill('1')]);
    const [counted] = countWindows(answer, {
      metric: 'requests',
      window: 'month',
      zone: BERLIN,
      now: NOW,
    });
    expect(counted?.past).toEqual([{ start: '2026-10-01', units: 24n }]);
    expect(counted?.current).toBe(58n);
  });

  it('says what is used, where the pace leads, and what would have happened', () => {
    const answer = series('2026-08-01', Array(DAYS).fill('8'));
    expect(previewOf(draft({ amount: '245' }), answer, NOW)).toEqual({
      used: 'Used this month so far: $232.00.',
      pace: 'At the pace of the last 28 days, the month ends near $240.',
      backtest: 'It would have refused in 2 of the last 3 months.',
    });
    expect(previewOf(draft({ amount: '236' }), answer, NOW)?.pace).toBe(
      'At the pace of the last 28 days, the limit is reached on 30 Nov.',
    );
    expect(previewOf(draft({ amount: '200' }), answer, NOW)?.pace).toContain('would be refused');
    const soft = previewOf(draft({ amount: '400', mode: 'soft' }), answer, NOW);
    expect(soft?.backtest).toBe('It would not have been reached in the last 3 months.');
    expect(previewOf(draft({ amount: '' }), answer, NOW)).toEqual({
      used: 'Used this month so far: $232.00.',
      pace: undefined,
      backtest: undefined,
    });
  });
});

describe('the list', () => {
  it('shows the fullest window of a limit for each', () => {
    const each = budgetOf(
      limit({ subject: { kind: 'label', id: '*' }, used: '900', reserved: '0', windows: 7 }),
    );
    expect(each).toMatchObject({ subject: 'each label', windows: 7, text: '$206.00 of $250.00' });
    expect(each.shares?.used).toBe(0.824);
  });

  it('tells refusing limits from those near their cap', () => {
    const near = budgetOf(limit());
    const full = budgetOf(limit({ used: '250', remaining: '0', reserved: '0' }));
    const soft = budgetOf(limit({ used: '300', remaining: '0', reserved: '0', mode: 'soft' }));
    expect([near, full, soft].map((one) => isShown(one, 'refusing'))).toEqual([false, true, false]);
    expect([near, full, soft].map((one) => isShown(one, 'near'))).toEqual([true, false, true]);
    expect(parseShow({ show: 'near' })).toBe('near');
    expect(parseShow({ show: 'constructor' })).toBe('all');
  });

  it.each([
    [{ metric: 'usd', window: 'month' }, 'spend per month'],
    [{ metric: 'tokens', window: 'total' }, 'tokens in total'],
    [{ metric: 'concurrency', window: 'total' }, 'calls at once'],
  ] as const)('%j is %s', (fields, text) => {
    expect(whatText(fields)).toBe(text);
  });
});
