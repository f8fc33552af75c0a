import { afterEach, expect, it } from 'vitest';
import { isRefresh, startRefresh } from './refresh';

afterEach(() => history.replaceState(null, '', '/'));

it('a refresh ends with its time, or with another address', () => {
  expect(isRefresh(1000)).toBe(false);
  startRefresh(1000);
  expect(isRefresh(10_999)).toBe(true);
  expect(isRefresh(11_000)).toBe(false);
  startRefresh(1000);
  history.replaceState(null, '', '/?range=7d');
  expect(isRefresh(1001)).toBe(false);
});
