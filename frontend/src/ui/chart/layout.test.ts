import { expect, it } from 'vitest';
import { barsPath, bucketAt, columnsOf, highest, selectionOf, seriesAt, stackOf } from './layout';

const series = (id: string, values: (number | null)[]) => ({ id, name: id, color: 'red', values });
const TWO = [series('a', [1, 2, null]), series('b', [3, 0, 4])];

it('stacks series on each other, unknown values without height', () => {
  expect(stackOf(TWO, 'bars')).toEqual([
    [
      [0, 1],
      [0, 2],
      [0, 0],
    ],
    [
      [1, 4],
      [2, 2],
      [0, 4],
    ],
  ]);
});

it('the top of the stack is the sum of each bucket', () => {
  const tops = stackOf(TWO, 'bars')
    .at(-1)
    ?.map(([, high]) => high);
  expect(tops).toEqual([4, 2, 4]);
  expect(highest(TWO, 'bars')).toBe(4);
  expect(highest(TWO, 'lines')).toBe(4);
});

it('shares add up to the whole where there is anything', () => {
  const tops = stackOf([...TWO, series('c', [0, 0, 0])], 'share').at(-1);
  expect(tops?.map(([, high]) => high)).toEqual([1, 1, 1]);
  expect(stackOf([series('a', [0])], 'share')).toEqual([[[0, 0]]]);
  expect(highest(TWO, 'share')).toBe(1);
});

it('draws negative corrections without height', () => {
  expect(stackOf([series('a', [-3]), series('b', [2])], 'bars').at(-1)).toEqual([[0, 2]]);
});

it('no series and no buckets are drawable', () => {
  expect(stackOf([], 'bars')).toEqual([]);
  expect(highest([], 'bars')).toBe(0);
  expect(columnsOf(0, 500).step).toBe(0);
  expect(bucketAt(10, 0, 0)).toBeUndefined();
});

it('puts gaps between up to 120 bars, and none between more', () => {
  const few = columnsOf(30, 900);
  expect([few.gapped, few.step, Number(few.width.toFixed(2))]).toEqual([true, 30, 22.2]);
  expect(columnsOf(120, 900).gapped).toBe(true);
  const many = columnsOf(121, 900);
  expect([many.gapped, many.width]).toEqual([false, many.step]);
});

it('draws one segment for each value and leaves out what is too small to see', () => {
  const columns = columnsOf(3, 300);
  const path = barsPath(
    [
      [0, 50],
      [0, 0],
      [10, 60],
    ],
    columns,
    (value) => 100 - value,
  );
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path).toContain('M13 51h74v49h-74z');
});

it('finds bucket and segment under the pointer', () => {
  expect([-5, 0, 99, 100, 5000].map((x) => bucketAt(x, 3, 100))).toEqual([0, 0, 0, 1, 2]);
  const stack = stackOf(TWO, 'bars');
  expect([0, 0.99, 1, 3.9, 4].map((value) => seriesAt(stack, 0, value))).toEqual([
    0,
    0,
    1,
    1,
    undefined,
  ]);
});

it('selects two buckets or more, in either direction', () => {
  expect(selectionOf(2, 2)).toBeUndefined();
  expect(selectionOf(5, 2)).toEqual({ first: 2, last: 5 });
});
