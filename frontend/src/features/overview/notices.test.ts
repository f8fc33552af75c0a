import { describe, expect, it } from 'vitest';
import type { Budget } from '../../lib/budgets';
import type { UsageChart } from '../../lib/usageChart';
import { noticesOf } from './notices';

const AT = Date.parse('2026-11-30T12:00:00Z');
const DAY = 86_400_000;

const QUIET: Parameters<typeof noticesOf>[0] = {
  budgets: [],
  models: [],
  by: 'model',
  now: { calls: 100, failed_calls: 1 },
  before: { calls: 100, failed_calls: 1 },
  chart: undefined,
  interval: undefined,
  keys: [],
  zone: 'UTC',
  at: AT,
};

const budget = (fields: Partial<Budget> = {}): Budget => ({
  id: 'lim_1',
  subject: 'checkout-bot',
  window: 'month',
  metric: 'usd',
  isSoft: false,
  shares: { used: 0.9, reserved: 0, overrun: 0 },
  isRefusing: false,
  text: '$231.40 of $250.00',
  inFlight: undefined,
  refusals: 0,
  resetsAt: Date.parse('2026-12-01T00:00:00Z'),
  zone: 'UTC',
  windows: undefined,
  ...fields,
});

it('leads to what it speaks of', () => {
  const [failing] = noticesOf({ ...QUIET, now: { calls: 100, failed_calls: 50 } });
  expect(failing).toMatchObject({ to: '/explore', own: { metric: 'failed' } });
});

const texts = (fields: Partial<typeof QUIET>) =>
  noticesOf({ ...QUIET, ...fields }).map(({ text }) => text);

describe('noticesOf', () => {
  it('says nothing where nothing is', () => {
    expect(texts({})).toEqual([]);
    expect(
      texts({ budgets: [{ budget: budget(), pace: { kind: 'ends-near', value: 9 } }] }),
    ).toEqual([]);
  });

  it('names budgets that refuse or will run out before they reset', () => {
    const soon = { kind: 'runs-out', at: AT + 2 * 3_600_000 } as const;
    const budgets = [
      { budget: budget(), pace: soon },
      { budget: budget({ id: 'lim_2', subject: 'evals', isRefusing: true }), pace: undefined },
    ];
    expect(texts({ budgets })).toEqual([
      'evals month limit is used up ($231.40 of $250.00): calls are refused until 1 Dec 00:00',
      'checkout-bot month budget runs out today about 14:00 ($231.40 of $250.00)',
    ]);
  });

  it('names the model without a price, or counts them', () => {
    const models = [
      { model: 'house', unpriced_calls: 1 },
      { model: 'gpt', unpriced_calls: 0 },
    ];
    expect(texts({ models })).toEqual(['1 call of house has no price']);
    const two = [...models, { model: 'other', unpriced_calls: 1_625 }];
    expect(texts({ models: two })).toEqual(['1,626 calls of 2 models have no price']);
  });

  it('compares failures with before: more than twice, and more than 2 %', () => {
    const failures = (now: number, before: number) =>
      texts({
        now: { calls: 1000, failed_calls: now },
        before: { calls: 1000, failed_calls: before },
      }).length;
    expect([failures(41, 20), failures(40, 20), failures(20, 1), failures(21, 1)]).toEqual([
      1, 0, 0, 1,
    ]);
    expect(texts({ before: undefined, now: { calls: 2, failed_calls: 2 } })).toEqual([]);
  });

  it('compares the last whole day with the same weekday of three weeks', () => {
    const start = Date.parse('2026-11-01T00:00:00Z');
    const days = 30;
    const chart = (last: number): UsageChart => {
      const values = Array.from({ length: days }, (_, day) => (day === days - 2 ? last : 2));
      return {
        metric: 'spend',
        starts: values.map((_, day) => start + day * DAY),
        from: start,
        to: AT,
        series: [
          { id: 'is:a', value: 'a', name: 'a', isOther: false, values, total: null, unpriced: 0 },
        ],
        unpriced: [],
        valueText: () => '',
        notes: () => [],
        bucketTotals: values.map((value) => BigInt(value) * 10n ** 12n),
        total: null,
        totalLine: undefined,
      };
    };
    expect(texts({ chart: chart(6), interval: 'day' })).toEqual([]);
    expect(texts({ chart: chart(8), interval: 'day' })).toEqual([
      'a spent $8.00 on 29 Nov, 4 times its usual Sunday',
    ]);
    expect(texts({ chart: chart(8), interval: 'week' })).toEqual([]);
  });

  it('names active keys that expire within a week', () => {
    const key = (days: number, status = 'active') => ({
      id: `key_${days}`,
      name: `k${days}`,
      expires_at: new Date(AT + days * DAY).toISOString(),
      status,
    });
    const keys = [key(3), key(8), key(-1), { ...key(2), status: 'revoked' }];
    expect(texts({ keys })).toEqual(['The key k3 expires on 3 Dec 12:00']);
  });

  it('has at most four lines, the most urgent first', () => {
    const budgets = Array.from({ length: 6 }, (_, index) => ({
      budget: budget({ id: `lim_${index}`, isRefusing: true }),
      pace: undefined,
    }));
    const notices = noticesOf({ ...QUIET, budgets, models: [{ model: 'a', unpriced_calls: 1 }] });
    expect(notices.map(({ tone }) => tone)).toEqual(['bad', 'bad', 'bad', 'bad']);
  });
});
