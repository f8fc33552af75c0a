import { expect, it } from 'vitest';
import { createMatcher, type KeyPress, SEQUENCE_MS, takesKeys } from './shortcuts';

const shortcuts = ['g o', 'g c', 'x', '?'].map((keys) => ({ keys, does: keys, run: () => {} }));
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

it('finds single keys and sequences', () => {
  const match = createMatcher();
  const typed = ['x', 'g', 'c', 'c', 'g', 'x', '?'].map((key) => match(press(key), 0, shortcuts));
  expect(typed.map((found) => found?.keys)).toEqual([
    'x',
    undefined,
    'g c',
    undefined,
    undefined,
    'x',
    '?',
  ]);
});

it('forgets half a sequence after a while, and leaves Ctrl to the browser', () => {
  const match = createMatcher();
  match(press('g'), 0, shortcuts);
  expect(match(press('o'), SEQUENCE_MS + 1, shortcuts)).toBeUndefined();
  expect(match(press('x', { ctrlKey: true }), 0, shortcuts)).toBeUndefined();
});

it('is off where letters are text', () => {
  document.body.innerHTML =
    '<input id="a"><div role="menu"><button id="b"></button></div><p id="c">';
  const at = (id: string) => takesKeys(document.getElementById(id));
  expect([at('a'), at('b'), at('c')]).toEqual([true, true, false]);
});
