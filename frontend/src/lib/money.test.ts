import { describe, expect, it } from 'vitest';
import {
  columnDecimals,
  compareUsd,
  decimalsOf,
  formatMoney,
  formatUsd,
  parseUsd,
  sumUsd,
} from './money';

describe('parseUsd', () => {
  it.each([
    ['0', 0n],
    ['1', 1_000_000_000_000n],
    ['0.000000000001', 1n],
    ['-0.5', -500_000_000_000n],
    ['0.000150000000', 150_000_000n],
    ['12.3400000000000000', 12_340_000_000_000n],
    ['9007199254740993.000000000001', 9007199254740993_000000000001n],
  ])('parses %s exactly', (text, pico) => {
    expect(parseUsd(text)).toBe(pico);
  });

  it.each(['', '1e-5', '.5', '1.', 'NaN', '1,000.00', '0.0000000000001'])('rejects %j', (text) => {
    expect(() => parseUsd(text)).toThrow(RangeError);
  });
});

describe('sumUsd', () => {
  it('adds amounts that floats would round', () => {
    expect(sumUsd(['0.1', '0.2'])).toBe('0.3');
    expect(sumUsd(['9007199254740993', '0.000000000001'])).toBe('9007199254740993.000000000001');
  });

  it('skips unknown prices instead of counting them as zero', () => {
    expect(sumUsd(['0.5', null, undefined])).toBe('0.5');
  });

  it('is null if no price is known', () => {
    expect(sumUsd([null, undefined])).toBeNull();
    expect(sumUsd([])).toBeNull();
  });

  it('distinguishes a known zero from an unknown price', () => {
    expect(sumUsd(['0', null])).toBe('0');
  });

  it('adds negative corrections', () => {
    expect(sumUsd(['0.000002', '-0.000005'])).toBe('-0.000003');
  });
});

describe('formatUsd', () => {
  it.each([
    ['0', '$0.00'],
    ['1.5', '$1.50'],
    ['0.000150000000', '$0.00015'],
    ['1234567.891', '$1,234,567.891'],
    ['-3.2', '−$3.20'],
  ])('formats %s as %s', (amount, text) => {
    expect(formatUsd(amount)).toBe(text);
  });

  it('shows an unknown price as unpriced', () => {
    expect(formatUsd(null)).toBe('unpriced');
    expect(formatUsd(undefined)).toBe('unpriced');
  });

  it('pads to the given decimals and never truncates', () => {
    expect(formatUsd('0.5', 6)).toBe('$0.500000');
    expect(formatUsd('0.1234567', 4)).toBe('$0.1234567');
  });
});

it('orders amounts by value, not by text', () => {
  expect(['10', '9.5', '-1', '9.50'].sort(compareUsd)).toEqual(['-1', '9.5', '9.50', '10']);
});

it('counts the decimals needed to show an amount in full', () => {
  expect([null, '1', '0.25', '0.00015000'].map(decimalsOf)).toEqual([2, 2, 2, 5]);
});

describe('formatMoney', () => {
  it.each([
    ['105.7041', 'headline', '$105.70'],
    ['0.014449', 'headline', '$0.01445'],
    ['0.5', 'headline', '$0.50'],
    ['0.00000242', 'headline', '$0.00000242'],
    ['0.9999999', 'headline', '$1.00'],
    ['0.0000001', 'headline', '< $0.000001'],
    ['0', 'headline', '$0.00'],
    ['-3.2', 'headline', '−$3.20'],
    ['-0.00000001', 'headline', '> −$0.000001'],
    ['0.0253625', 'exact', '$0.0253625'],
    ['123456', 'axis', '$123.5k'],
    ['4', 'axis', '$4'],
    ['0.25', 'axis', '$0.25'],
    ['0.005', 'axis', '$0.005'],
    ['1234.5', 'axis', '$1,234.50'],
    ['2.3456', 3, '$2.346'],
    ['0.00000242', 6, '$0.000002'],
    ['0.0000001', 4, '< $0.0001'],
    [null, 'headline', 'unpriced'],
  ] as const)('shows %s as %s: %s', (amount, mode, text) => {
    expect(formatMoney(amount, mode)).toBe(text);
  });

  it('keeps three digits of the smallest amount of a column, within six decimals', () => {
    expect(columnDecimals(['28.22', '0.881', null])).toBe(3);
    expect(columnDecimals(['28.22', '105.1234'])).toBe(2);
    expect(columnDecimals(['0.00000242', '5'])).toBe(6);
    expect(columnDecimals([null, '0'])).toBe(2);
  });
});
