import { expect, it } from 'vitest';
import { coloursOf } from './colours';

const OWNERS = ['a', 'b', 'c'];

it('a group keeps its colour whatever else the chart shows', () => {
  expect(coloursOf(OWNERS, ['c', 'a']).get('c')).toBe('var(--s2)');
  expect(coloursOf(OWNERS, ['x', 'c']).get('c')).toBe('var(--s2)');
});

it('a group without a slot takes the first one that the chart leaves free', () => {
  expect([...coloursOf(OWNERS, ['x', 'a', 'y'])]).toEqual([
    ['a', 'var(--s0)'],
    ['x', 'var(--s1)'],
    ['y', 'var(--s2)'],
  ]);
});

it('twenty groups have twenty different colours', () => {
  const groups = Array.from({ length: 20 }, (_, index) => `g${index}`);
  expect(new Set(coloursOf(groups, groups).values()).size).toBe(20);
});
