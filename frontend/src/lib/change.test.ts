import { expect, it } from 'vitest';
import { changeOf, moneyChangeOf, rateChangeOf } from './change';

const plain = (text: string | undefined) => text?.replaceAll('\u2009', ' ');

it.each<[number, number, string | undefined]>([
  [105.7, 105.31, '▲ 0.4 %'],
  [19_383, 19_634, '▼ 1.3 %'],
  [5, 0, 'new'],
  [0, 5, 'gone'],
  [0, 0, undefined],
  [5, 5, '±0 %'],
  [120, 10, '×12'],
  [1_000_001, 1_000_000, '▲ < 0.1 %'],
  [109.9, 10, '▲ 999.0 %'],
])('from %d after %d it is %s', (now, before, text) => {
  expect(plain(changeOf(now, before)?.text)).toBe(text);
});

it('compares amounts that floats would round, and unknown ones with nothing', () => {
  expect(plain(moneyChangeOf('9007199254740993', '9007199254740992')?.text)).toBe('▲ < 0.1 %');
  expect(moneyChangeOf(null, '1')).toBeUndefined();
  expect(moneyChangeOf('0', '0')).toBeUndefined();
});

it('compares rates in points', () => {
  expect(rateChangeOf(0.0155, 0.0145)).toEqual({ direction: 'up', text: '▲ 0.1 pt' });
  expect(rateChangeOf(0.01, 0.025)).toEqual({ direction: 'down', text: '▼ 1.5 pt' });
  expect(rateChangeOf(0.01, 0.01004).direction).toBe('same');
});
