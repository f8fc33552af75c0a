import { expect, it } from 'vitest';
import type { LimitLike } from '../lib/budgets';
import { paceParams } from './pace';

const NOW = Date.parse('2026-11-30T00:30:00Z');
const limit = (fields: Partial<LimitLike>): LimitLike => ({
  id: 'lim_1',
  subject: { kind: 'label', id: 'a' },
  metric: 'usd',
  window: 'month',
  mode: 'hard',
  amount: '1',
  used: '0',
  reserved: '0',
  remaining: '1',
  resets_at: null,
  time_zone: 'America/New_York',
  ...fields,
});

it('asks for 28 whole days before today in the zone of the limit', () => {
  expect(paceParams(limit({}), NOW)).toMatchObject({
    from: '2026-11-01T04:00:00.000Z',
    to: '2026-11-29T05:00:00.000Z',
    tz: 'America/New_York',
    user_label: ['a'],
  });
});

it('filters by the subject', () => {
  const tag = paceParams(limit({ subject: { kind: 'tag', id: 'team=a=b' } }), NOW);
  expect(tag).toMatchObject({ 'tag.team': ['a=b'] });
  expect(paceParams(limit({ subject: { kind: 'key', id: 'key_1' } }), NOW)).toMatchObject({
    key_id: ['key_1'],
  });
  expect(paceParams(limit({ subject: { kind: 'global' } }), NOW)).not.toHaveProperty('user_label');
});

it('has no pace for short windows, limits on each, and unknown zones', () => {
  const none = [
    limit({ window: 'minute' }),
    limit({ window: 'total' }),
    limit({ metric: 'concurrency', window: 'total' }),
    limit({ subject: { kind: 'label', id: '*' } }),
    limit({ subject: { kind: 'tag', id: 'team=*' } }),
    limit({ time_zone: undefined }),
  ];
  expect(none.map((one) => paceParams(one, NOW))).toEqual(none.map(() => undefined));
});
