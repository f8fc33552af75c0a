import { expect, it } from 'vitest';
import type { components } from '../../api/schema.gen';
import type { View } from '../../lib/view';
import { marksOf } from './useMarks';

type Schemas = components['schemas'];

const bucket = (day: number) => ({
  start: Date.parse(`2026-11-0${day}T00:00:00Z`),
  end: Date.parse(`2026-11-0${day + 1}T00:00:00Z`),
  name: `${day}`,
});
const event = (at: string, label: string) =>
  ({
    occurred_at: at,
    subject: { kind: 'label', id: label },
    window: 'day',
  }) as Schemas['LimitEvent'];
const revision = (at: string | null, model: string) =>
  ({ applied_at: at, model, difference_usd: '-12.4' }) as Schemas['PriceRevision'];
const view = (fields: Partial<View> = {}): View => ({
  range: '7d',
  tz: 'UTC',
  label: [],
  provider: [],
  model: [],
  key: [],
  tag: {},
  cost: 'billed',
  compare: 'before',
  ...fields,
});

const EVENTS = [
  event('2026-11-02T00:00:00Z', 'a'),
  event('2026-11-02T23:59:59Z', 'a'),
  event('2026-11-01T05:00:00Z', 'b'),
  event('2026-11-09T05:00:00Z', 'b'),
];
const REVISIONS = [revision('2026-11-02T10:00:00Z', 'gpt-4o-mini'), revision(null, 'gpt-5')];
const KEYS = [
  { id: 'key_1', name: 'ci', user_label: null, created_at: '2026-11-01T09:00:00Z' },
  { id: 'key_2', name: 'bot', user_label: 'a', created_at: '2026-11-02T09:00:00Z' },
  { id: 'key_3', name: 'old', user_label: null, created_at: '2026-10-02T09:00:00Z' },
];
const texts = (fields: Partial<View>) =>
  marksOf([bucket(1), bucket(2)], {
    events: EVENTS,
    revisions: REVISIONS,
    newKeys: KEYS,
    view: view(fields),
    keys: undefined,
  }).map((mark) => `${mark.bucket} ${mark.symbol} ${mark.text}`);

it('marks the buckets in which something happened, once for each thing', () => {
  expect(texts({})).toEqual([
    '1 ▲ refused by the limit of a, day',
    '0 ▲ refused by the limit of b, day',
    '1 ◆ price of gpt-4o-mini corrected, −$12.40',
    '0 ● key ci created',
    '1 ● key bot created',
  ]);
});

it('leaves out what the filters leave out', () => {
  expect(texts({ label: ['b'], model: ['gpt-5'] })).toEqual([
    '0 ▲ refused by the limit of b, day',
    '0 ● key ci created',
  ]);
  expect(texts({ key: ['key_2'] })).toContain('1 ● key bot created');
  expect(texts({ key: ['key_2'] })).not.toContain('0 ● key ci created');
});
