import { expect, it } from 'vitest';
import { meterParts, meterState } from './meterParts';

it('is near the cap from 80 %, over from 100 % or when refusing', () => {
  const state = (used: number, refusing = false) => meterState({ used, refusing });
  expect([0, 0.79, 0.8, 0.999, 1, 3].map((used) => state(used))).toEqual([
    'ok',
    'ok',
    'near',
    'near',
    'over',
    'over',
  ]);
  expect(state(0.1, true)).toBe('over');
});

it('parts never exceed the bar', () => {
  for (const used of [0, 0.5, 0.9, 1, 1.3, 9]) {
    for (const reserved of [0, 0.05, 0.5, 2]) {
      const { scale, ...parts } = meterParts({ used, reserved, overrun: 0.2 });
      const sum = parts.used + parts.reserved + parts.overrun;
      expect(sum).toBeGreaterThanOrEqual(0);
      expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      expect(scale).toBeGreaterThanOrEqual(0.5);
    }
  }
});

it('what goes beyond the amount is the tail', () => {
  const parts = meterParts({ used: 1.25, reserved: 0.1, overrun: 0 });
  expect(parts).toEqual({ used: 0.8, overrun: 0.2, reserved: 0, scale: 0.8 });
});
