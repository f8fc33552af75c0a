import { expect, it } from 'vitest';
import { changedFields } from './fieldChanges';

it('lists only fields that differ, additions and removals included', () => {
  expect(changedFields({ a: 1, b: [1], gone: 2 }, { a: 1, b: [1, 2], added: null })).toEqual([
    { field: 'b', from: [1], to: [1, 2] },
    { field: 'added', from: undefined, to: null },
    { field: 'gone', from: 2, to: undefined },
  ]);
});

it('the order of keys is no difference, and a missing side is all added or removed', () => {
  expect(changedFields({ s: { x: 1, y: 2 } }, { s: { y: 2, x: 1 } })).toEqual([]);
  expect(changedFields(null, { a: 1 })).toEqual([{ field: 'a', from: undefined, to: 1 }]);
  expect(changedFields({ a: 1 }, undefined)).toEqual([{ field: 'a', from: 1, to: undefined }]);
});
