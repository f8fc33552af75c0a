import { describe, expect, it } from 'vitest';
import {
  bucketsOf,
  intervalOf,
  movedRange,
  pinnedDates,
  type Range,
  type Span,
  spanBefore,
  spanOf,
} from './range';
import { hoursOfDay, toInstant, toLocal } from './zone';

const local = (span: Span | undefined, zone: string) =>
  span && [span.from === undefined ? '' : toLocal(span.from, zone), toLocal(span.to, zone)];

const BERLIN = 'Europe/Berlin';
const now = toInstant('2026-11-29T17:10', BERLIN);

describe('ranges in Berlin on 29 Nov 2026 at 17:10', () => {
  it.each<[Range, string[], string[] | undefined]>([
    ['today', ['2026-11-29', '2026-11-29T17:10'], ['2026-11-28', '2026-11-28T17:10']],
    ['24h', ['2026-11-28T17:10', '2026-11-29T17:10'], ['2026-11-27T17:10', '2026-11-28T17:10']],
    ['7d', ['2026-11-23', '2026-11-29T17:10'], ['2026-11-16', '2026-11-22T17:10']],
    ['30d', ['2026-10-31', '2026-11-29T17:10'], ['2026-10-01', '2026-10-30T17:10']],
    ['90d', ['2026-09-01', '2026-11-29T17:10'], ['2026-06-03', '2026-08-31T17:10']],
    ['month', ['2026-11-01', '2026-11-29T17:10'], ['2026-10-01', '2026-10-29T17:10']],
    ['last-month', ['2026-10-01', '2026-11-01'], ['2026-09-01', '2026-10-01']],
    ['12m', ['2025-12-01', '2026-11-29T17:10'], ['2024-12-01', '2025-11-29T17:10']],
    ['all', ['', '2026-11-29T17:10'], undefined],
    [
      { from: '2026-10-25', to: '2026-10-26' },
      ['2026-10-25', '2026-10-26'],
      ['2026-10-24', '2026-10-25'],
    ],
    [
      { from: '2026-11-29T10:00', to: '2026-11-30T12:00' },
      ['2026-11-29T10:00', '2026-11-29T17:10'],
      ['2026-11-29T02:50', '2026-11-29T10:00'],
    ],
  ])('%j and the period before', (range, dates, before) => {
    expect(local(spanOf(range, BERLIN, now), BERLIN)).toEqual(dates);
    expect(local(spanBefore(range, BERLIN, now), BERLIN)).toEqual(before);
  });

  it('says which ranges go on', () => {
    const goesOn = (range: Range) => spanOf(range, BERLIN, now).holdsNow;
    expect(['today', '7d', 'month', 'all'].map((preset) => goesOn(preset as Range))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(goesOn('last-month')).toBe(false);
    expect(goesOn({ from: '2026-11-01', to: '2026-11-29' })).toBe(false);
    expect(goesOn({ from: '2026-11-01', to: '2026-12-01' })).toBe(true);
  });
});

it.each(['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Asia/Kathmandu', 'Pacific/Apia'])(
  'today starts at midnight in %s, and so do 7 days',
  (zone) => {
    for (const day of ['2026-03-29', '2026-10-25', '2026-11-01', '2026-03-08', '2026-04-05']) {
      const noon = toInstant(`${day}T12:00`, zone);
      expect(local(spanOf('today', zone, noon), zone)?.[0]).toBe(day);
      const week = spanOf('7d', zone, noon);
      const whole = Array.from({ length: 6 }, (_, index) => {
        const date = new Date(Date.parse(day) - (index + 1) * 86_400_000).toISOString();
        return hoursOfDay(date.slice(0, 10), zone);
      }).reduce((sum, hours) => sum + hours, 0);
      const today = (noon - toInstant(day, zone)) / 3_600_000;
      expect((week.to - (week.from ?? 0)) / 3_600_000).toBe(whole + today);
    }
  },
);

it('compares a month with the month before up to the same clock, and no further', () => {
  const end = toInstant('2026-03-31T17:10', BERLIN);
  expect(local(spanBefore('month', BERLIN, end), BERLIN)).toEqual([
    '2026-02-01',
    '2026-02-28T17:10',
  ]);
});

it('is never empty, not even at midnight', () => {
  const midnight = toInstant('2026-11-01', BERLIN);
  for (const range of ['today', 'month', '7d'] as const) {
    const { from = 0, to } = spanOf(range, BERLIN, midnight);
    expect(to).toBeGreaterThan(from);
  }
});

describe('moving a range by its length', () => {
  it.each<[Range, -1 | 1, Range | undefined]>([
    ['7d', -1, { from: '2026-11-16', to: '2026-11-23' }],
    ['today', -1, { from: '2026-11-28', to: '2026-11-29' }],
    ['month', -1, { from: '2026-10-01', to: '2026-11-01' }],
    ['last-month', -1, { from: '2026-09-01', to: '2026-10-01' }],
    ['last-month', 1, { from: '2026-11-01', to: '2026-12-01' }],
    ['30d', 1, undefined],
    ['all', -1, undefined],
    [{ from: '2026-10-25', to: '2026-10-26' }, 1, { from: '2026-10-26', to: '2026-10-27' }],
    [
      { from: '2026-11-29T10:00', to: '2026-11-29T12:00' },
      -1,
      { from: '2026-11-29T08:00', to: '2026-11-29T10:00' },
    ],
  ])('%j by %d', (range, direction, expected) => {
    expect(movedRange(range, BERLIN, now, direction)).toEqual(expected);
  });
});

it('pins a preset to its dates', () => {
  expect(pinnedDates('7d', BERLIN, now)).toEqual({ from: '2026-11-23', to: '2026-11-29T17:10' });
  expect(pinnedDates('all', BERLIN, now)).toBeUndefined();
});

it('chooses an interval that keeps a chart readable', () => {
  const chosen = (range: Range) => intervalOf(spanOf(range, BERLIN, now));
  expect(
    (['24h', '7d', '30d', '90d', '12m', 'all'] as const).map((range) => chosen(range)),
  ).toEqual(['hour', 'hour', 'day', 'day', 'week', 'month']);
  expect(chosen({ from: '2026-11-29', to: '2026-11-29T12:00' })).toBe('15m');
  const autumn = chosen({ from: '2026-10-20', to: '2026-10-28' });
  expect(autumn).toBe('hour');
  expect(bucketsOf({ from: 0, to: 86_400_000, holdsNow: false }, '15m')).toBe(96);
});
