import { beforeEach, expect, it } from 'vitest';
import { isKeyShaped, keyHint, returnPath, session, takeKeyFromAddress } from './session';

beforeEach(() => {
  history.replaceState(null, '', '/');
  session.signOut();
});

it('signs in from a link and removes the key from the URL', () => {
  history.replaceState(null, '', '/sign-in?from=link#key=tm_abc123');
  takeKeyFromAddress();
  expect(session.get()).toEqual({ state: 'signed-in', key: 'tm_abc123' });
  expect(location.href).toBe(`${location.origin}/sign-in?from=link`);
});

it('keeps a session until the user agrees to the key of a link', () => {
  session.signIn('tm_mine');
  history.replaceState(null, '', '/#key=tm_theirs');
  takeKeyFromAddress();
  expect(location.hash).toBe('');
  expect(session.get()).toEqual({ state: 'signed-in', key: 'tm_mine', offered: 'tm_theirs' });
  expect(sessionStorage.getItem('tokenmeter.key')).toBe('tm_mine');
  session.keepKey();
  expect(session.get()).toEqual({ state: 'signed-in', key: 'tm_mine' });
});

it('asks nothing when a link holds the key in use', () => {
  session.signIn('tm_mine');
  history.replaceState(null, '', '/#key=tm_mine');
  takeKeyFromAddress();
  expect(session.get()).toEqual({ state: 'signed-in', key: 'tm_mine' });
});

it('removes a malformed key from the URL without signing in', () => {
  history.replaceState(null, '', '/sign-in#key=sk-provider');
  takeKeyFromAddress();
  expect(session.get().state).toBe('signed-out');
  expect(location.hash).toBe('');
});

it('leaves other fragments alone', () => {
  history.replaceState(null, '', '/#main');
  takeKeyFromAddress();
  expect(location.hash).toBe('#main');
});

it('keeps the key only in sessionStorage and removes it on sign-out', () => {
  session.signIn('tm_abc123');
  expect(Object.values({ ...sessionStorage })).toEqual(['tm_abc123']);
  expect(localStorage).toHaveLength(0);
  session.signOut();
  expect(sessionStorage).toHaveLength(0);
});

it('recognises keys by shape and shortens them for display', () => {
  expect(['tm_aB3-_x', 'sk-x', 'tm_', 'tm_a b'].map(isKeyShaped)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(keyHint('tm_abcdefghijklmnop')).toBe('tm_abcdef…');
});

it.each([
  ['/calls?label=a&call=call_1', '/calls?label=a&call=call_1'],
  ['/', '/'],
  [undefined, '/'],
  ['https://evil.example/', '/'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['/.//evil.example/', '/'],
  ['/\t/evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in?to=/', '/'],
])('returns from %s to %s after sign-in', (to, path) => {
  expect(returnPath(to)).toBe(path);
});
