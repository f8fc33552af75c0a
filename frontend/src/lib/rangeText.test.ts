import { expect, it } from 'vitest';
import { rangeText, spanText } from './rangeText';
import { toInstant } from './zone';

const TODAY = '2026-11-29';

it.each([
  ['2026-11-01', '2026-11-30', '1 – 29 Nov'],
  ['2026-10-31', '2026-11-30', '31 Oct – 29 Nov'],
  ['2026-11-28', '2026-11-29', '28 Nov'],
  ['2025-12-31', '2026-01-02', '31 Dec 2025 – 1 Jan 2026'],
  ['2025-10-01', '2025-10-11', '1 – 10 Oct 2025'],
  ['2026-10-01', '2026-10-29T17:10', '1 – 29 Oct, up to 17:10'],
  ['2026-11-29', '2026-11-29T17:10', '29 Nov, up to 17:10'],
  ['2026-11-29T08:00', '2026-11-29T10:00', '29 Nov 08:00 – 10:00'],
  ['2026-11-28T08:00', '2026-11-29', '28 Nov 08:00 – 29 Nov 00:00'],
])('from %s to %s reads %s', (from, to, text) => {
  expect(rangeText({ from, to }, TODAY)).toBe(text);
});

it('names presets, and spans in their zone', () => {
  expect(rangeText('7d', TODAY)).toBe('Last 7 days');
  const zone = 'Europe/Berlin';
  const [from, to] = [toInstant('2026-10-01', zone), toInstant('2026-10-29T17:10', zone)];
  expect(spanText({ from, to, holdsNow: false }, zone, to)).toBe('1 – 29 Oct, up to 17:10');
});
