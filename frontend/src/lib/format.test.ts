import { expect, it } from 'vitest';
import {
  formatAgo,
  formatCompact,
  formatDuration,
  formatInstant,
  formatPercent,
  instantTitle,
  zoneText,
} from './format';

it.each([
  [null, '–'],
  [2.53, '2.5 ms'],
  [234.4, '234 ms'],
  [999.6, '1.0 s'],
  [19_730, '19.7 s'],
  [99_949, '99.9 s'],
  [125_000, '2 min 05 s'],
  [3_599_600, '1 h 00 min'],
  [10_830_000, '3 h 01 min'],
])('a duration of %s is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('shows instants in the zone of the view, with the year only if it is another', () => {
  const now = '2026-11-29T12:00:00Z';
  expect(formatInstant('2026-11-29T15:57:20Z', 'Europe/Berlin', now)).toBe('29 Nov 16:57:20');
  expect(formatInstant('2026-09-30T22:30:00Z', 'Europe/Berlin', now)).toBe('1 Oct 00:30:00');
  expect(formatInstant('2025-09-30T12:30:00Z', 'UTC', now)).toBe('30 Sep 2025 12:30:00');
  expect(instantTitle('2026-01-29T15:57:20Z', 'Europe/Berlin')).toBe(
    '2026-01-29T15:57:20Z · shown in Berlin +01:00',
  );
  expect(zoneText('UTC')).toBe('UTC');
});

it('formats counts, rates and ages', () => {
  expect([999_999, 54_100_000].map(formatCompact)).toEqual(['999,999', '54.1M']);
  expect(
    [0, 0.0001, 0.0155, 1].map((share) => formatPercent(share).replace('\u2009', ' ')),
  ).toEqual(['0.0 %', '< 0.1 %', '1.6 %', '100.0 %']);
  const now = '2026-11-29T12:00:00Z';
  const ago = ['11:59:58', '11:59:20', '11:58:00', '09:00:00'].map((time) =>
    formatAgo(`2026-11-29T${time}Z`, now),
  );
  expect([...ago, formatAgo('2026-11-28T11:00:00Z', now)]).toEqual([
    'just now',
    '40 s ago',
    '2 min ago',
    '3 h ago',
    '1 day ago',
  ]);
});
