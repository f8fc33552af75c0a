import { describe, expect, it } from 'vitest';
import { paceOf, paceText } from './pace';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const NOW = at('2026-11-25T11:00:00Z');
const MONTH_END = at('2026-11-30T23:00:00Z');
const DAY = 86_400_000;

/** Days before the 25th of November, Berlin. */
const days = (count: number, value: (weekday: number) => number) =>
  Array.from({ length: count }, (_, index) => {
    const start = at('2026-11-24T23:00:00Z') - (index + 1) * DAY;
    return { start, value: value(new Date(start + DAY / 2).getUTCDay()) };
  });

const base = { now: NOW, resetsAt: MONTH_END, zone: BERLIN };
const text = (pace: ReturnType<typeof paceOf>) =>
  paceText(pace, { zone: BERLIN, now: NOW, format: (value) => `$${value}` });

describe('paceOf', () => {
  it('tells nothing from fewer than three days', () => {
    const history = days(2, () => 5);
    expect(text(paceOf({ ...base, used: 1, amount: 9, history }))).toBe(
      'Too little history to tell',
    );
  });

  it('with less than two weeks takes the plain average', () => {
    const history = days(4, () => 24);
    // Half a day of the 25th, then two days and half of the 28th.
    const pace = paceOf({ ...base, used: 0, amount: 72, history });
    expect(pace).toEqual({ kind: 'runs-out', at: at('2026-11-28T11:00:00Z') });
    expect(text(pace)).toBe('Runs out 28 Nov 12:00');
  });

  it('with four weeks takes the mean of the weekday', () => {
    const history = days(28, (weekday) => (weekday === 0 || weekday === 6 ? 0 : 10));
    // Wednesday's rest 5, Thursday 10, Friday 10, then a free weekend, Monday 10.
    const pace = paceOf({ ...base, used: 0, amount: 100, history });
    expect(pace).toEqual({ kind: 'ends-near', value: 35 });
    expect(text(pace)).toBe('Ends near $35');
    const early = paceOf({ ...base, used: 0, amount: 10, history });
    expect(text(early)).toBe('Runs out tomorrow about 12:00');
  });

  it('crosses a day of 25 hours at the right instant', () => {
    const now = at('2026-10-24T22:00:00Z');
    const history = days(4, () => 25);
    const pace = paceOf({ ...base, now, resetsAt: now + 7 * DAY, used: 0, amount: 5, history });
    expect(pace).toEqual({ kind: 'runs-out', at: now + 5 * 3_600_000 });
  });

  it('is used up where nothing is left, and ends in a window without a close end', () => {
    const history = days(28, () => 0);
    expect(text(paceOf({ ...base, used: 9, amount: 9, history }))).toBe('Used up');
    const far = paceOf({ ...base, resetsAt: NOW + 9_000 * DAY, used: 1, amount: 9, history });
    expect(far).toEqual({ kind: 'ends-near', value: 1 });
  });
});
