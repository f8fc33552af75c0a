import fc from 'fast-check';
import { expect, it } from 'vitest';
import { axisTicks, linearScale } from './scale';

it('puts zero at the bottom, the top at the top, and inverts', () => {
  const y = linearScale(8, 200);
  expect([y(0), y(4), y(8)]).toEqual([200, 100, 0]);
  expect(y.invert(y(3))).toBeCloseTo(3);
});

it('chooses ticks of 1, 2 or 5', () => {
  expect(axisTicks(6, 4)).toEqual([0, 2, 4, 6]);
  expect(axisTicks(0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  expect(axisTicks(1, 4)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(axisTicks(20_000, 4)).toEqual([0, 5000, 10_000, 15_000, 20_000]);
});

it('ends an axis on a tick, little above the highest value', () => {
  expect(axisTicks(5.11, 4).at(-1)).toBe(6);
  expect(axisTicks(0.000_012_7, 4).at(-1)).toBeCloseTo(0.000_015, 12);
  // The longer axis of one step asks for the other step, and back.
  expect(axisTicks(0.000_140_000_02, 5)).toEqual([0, 0.000_05, 0.000_1, 0.000_15]);
  fc.assert(
    fc.property(
      fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
      fc.integer({ min: 2, max: 6 }),
      (top, count) => {
        const ticks = axisTicks(top, count);
        const end = ticks.at(-1) ?? 0;
        expect(end).toBeGreaterThanOrEqual(top * (1 - 1e-9));
        expect(end).toBeLessThan(top * 2.5);
        expect(ticks[0]).toBe(0);
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.length).toBeLessThanOrEqual(2 * count + 2);
      },
    ),
  );
});
