import { expect, it } from 'vitest';
import { fromPicked, isOrdered, toPicked } from './dateFields';

it('whole days survive the way to the calendar and back', () => {
  const dates = { from: '2026-10-31', to: '2026-11-30' };
  expect(toPicked(dates)).toEqual(['2026-10-31', '2026-11-29']);
  expect(fromPicked(toPicked(dates))).toEqual(dates);
});

it('an end within a day includes that day', () => {
  expect(toPicked({ from: '2026-11-01', to: '2026-11-02T17:10' })).toEqual([
    '2026-11-01',
    '2026-11-02',
  ]);
});

it('is no range until both ends are picked, in their order', () => {
  expect(fromPicked(['2026-11-01', null])).toBeUndefined();
  expect(toPicked({ from: '2026-11-02', to: '2026-11-01' })).toEqual([null, null]);
  expect(isOrdered({ from: '2026-11-01', to: '2026-11-01T00:00' })).toBe(false);
  expect(isOrdered({ from: '', to: '2026-11-01' })).toBe(false);
});
