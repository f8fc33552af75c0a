import { describe, expect, it } from 'vitest';
import { budgetOf, byUrgency, type LimitLike } from './budgets';

const limit = (fields: Partial<LimitLike>): LimitLike => ({
  id: 'lim_1',
  subject: { kind: 'label', id: 'checkout-bot' },
  metric: 'usd',
  window: 'month',
  mode: 'hard',
  amount: '250',
  used: '231.4',
  reserved: '6',
  remaining: '12.6',
  resets_at: null,
  ...fields,
});

describe('budgetOf', () => {
  it('says used, amount and what is in flight', () => {
    expect(budgetOf(limit({}))).toMatchObject({
      subject: 'checkout-bot',
      text: '$231.40 of $250.00',
      inFlight: '$6.00',
      shares: { used: 0.9256, reserved: 0.024, overrun: 0 },
      isRefusing: false,
    });
  });

  it('refuses where all is used, not where calls in flight hold the rest', () => {
    const full = { used: '250', reserved: '0', remaining: '0' };
    expect(budgetOf(limit(full)).isRefusing).toBe(true);
    expect(budgetOf(limit({ ...full, mode: 'soft' })).isRefusing).toBe(false);
    expect(budgetOf(limit({ used: '240', reserved: '10', remaining: '0' })).isRefusing).toBe(false);
    const none = { amount: '0', used: '0', reserved: '0', remaining: '0' };
    expect(budgetOf(limit(none))).toMatchObject({ isRefusing: true, shares: { used: 1 } });
  });

  it('counts calls and tokens as whole numbers', () => {
    const tokens = { metric: 'tokens', amount: 9_007_199_254_740_000, used: 1000 } as const;
    expect(budgetOf(limit({ ...tokens, reserved: 0, remaining: 1 })).text).toMatch(
      /^1,000 of .* tokens$/,
    );
    const calls = { metric: 'requests', amount: 20, used: 5, reserved: 0, remaining: 15 } as const;
    expect(budgetOf(limit(calls)).text).toBe('5 of 20 requests');
  });

  it('shows only what is left where the key may not read more', () => {
    const hidden = budgetOf(limit({ amount: null, used: null, reserved: null }));
    expect([hidden.text, hidden.shares]).toEqual(['$12.60 left', undefined]);
  });

  it('names subjects', () => {
    const name = (kind: 'global' | 'label' | 'key' | 'tag', id?: string) =>
      budgetOf(limit({ subject: { kind, id } }), new Map([['key_1', 'ci']])).subject;
    expect([
      name('global'),
      name('label', '*'),
      name('tag', 'team=*'),
      name('tag', 'team=search'),
      name('key', 'key_1'),
      name('key', 'key_0123456789'),
    ]).toEqual(['Everyone', 'each label', 'each team', 'team=search', 'ci', 'key …456789']);
  });
});

it('money comes first, then what is most used', () => {
  const budgets = [
    limit({ id: 'a', used: '10' }),
    limit({ id: 'b', metric: 'requests', amount: 10, used: 10, reserved: 0, remaining: 0 }),
    limit({ id: 'c' }),
  ].map((one) => budgetOf(one));
  expect(budgets.sort(byUrgency).map(({ id }) => id)).toEqual(['c', 'a', 'b']);
});
