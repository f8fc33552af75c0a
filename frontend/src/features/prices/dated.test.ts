import { expect, test } from 'vitest';
import { matching, withStates } from './dated';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const row = (name: string | null, from: string) => ({ name, effective_from: from });
const ROWS = [
  row('search', '2026-12-01T00:00:00Z'),
  row('search', '2026-11-29T12:00:00Z'),
  row('search', '2026-01-01T00:00:00Z'),
  row(null, '2025-01-01T00:00:00Z'),
];
const states = (now = NOW) => withStates(ROWS, ({ name }) => String(name), now);

test('the newest row that has begun is in effect, from its first instant on', () => {
  expect(states().map(({ state }) => state)).toEqual([
    'planned',
    'in effect',
    'ended',
    'in effect',
  ]);
  expect(states(NOW - 1).map(({ state }) => state)).toEqual([
    'planned',
    'planned',
    'in effect',
    'in effect',
  ]);
});

test('the order of the rows plays no part', () => {
  const reversed = withStates([...ROWS].reverse(), ({ name }) => String(name), NOW);
  expect(reversed.map(({ state }) => state)).toEqual([
    'in effect',
    'ended',
    'in effect',
    'planned',
  ]);
});

test('ended rows are left out until asked for; text finds names in any case', () => {
  const names = (text: string, withEnded = false) =>
    matching(states(), ({ name }) => [name], { text, withEnded }).map(({ state }) => state);
  expect(names('')).toEqual(['planned', 'in effect', 'in effect']);
  expect(names(' SEA', true)).toEqual(['planned', 'in effect', 'ended']);
  expect(names('nothing')).toEqual([]);
});
