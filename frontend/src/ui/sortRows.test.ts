import { expect, it } from 'vitest';
import { nextSort, parseSort, sortRows, writeSort } from './sortRows';

const ROWS = [{ v: 2n }, { v: null }, { v: 10n }, { v: -1n }];
const sorted = (desc: boolean, isLast?: (row: { v: bigint | null }) => boolean) =>
  sortRows(ROWS, ({ v }) => v, { id: 'v', desc }, isLast).map(({ v }) => v);

it('unknown values are last in both directions', () => {
  expect(sorted(false)).toEqual([-1n, 2n, 10n, null]);
  expect(sorted(true)).toEqual([10n, 2n, -1n, null]);
});

it('keeps the rest of the groups below them', () => {
  expect(sorted(true, ({ v }) => v === 10n)).toEqual([2n, -1n, null, 10n]);
});

it('names sort as people count', () => {
  const names = ['b-10', 'b-9', 'a'].map((name) => ({ name }));
  const order = { id: 'name', desc: false };
  expect(sortRows(names, ({ name }) => name, order).map(({ name }) => name)).toEqual([
    'a',
    'b-9',
    'b-10',
  ]);
});

it('reads and writes the order of a URL', () => {
  for (const text of ['cost_usd', '-calls', 'tag.env']) {
    const order = parseSort(text);
    expect(order && writeSort(order)).toBe(text);
  }
  expect([parseSort(undefined), parseSort('--a'), parseSort('a b')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(nextSort(undefined, 'a', true)).toEqual({ id: 'a', desc: true });
  expect(nextSort({ id: 'a', desc: true }, 'a', true)).toEqual({ id: 'a', desc: false });
});
