import { describe, expect, it } from 'vitest';
import { draftOfRoute, moved, newTarget, toNewRoute, toRouteChanges, validateRoute } from './draft';
import { targetText } from './words';

const ROUTE = {
  id: 'route_1',
  model: 'fast',
  wire: 'openai' as const,
  targets: [
    { upstream: 'groq', model: 'llama-3.3', timeout_seconds: 20 },
    { upstream: 'openai', model: 'gpt-4o-mini', timeout_seconds: null },
  ],
  created_at: '2026-11-30T00:00:00Z',
  changed_at: '2026-11-30T00:00:00Z',
};

describe('form of a model route', () => {
  it('sends what it has read, and nothing if nothing changed', () => {
    const draft = draftOfRoute(ROUTE);
    expect(toNewRoute(draft)).toEqual({ model: 'fast', wire: 'openai', targets: ROUTE.targets });
    expect(toRouteChanges(draft, draft)).toEqual({});
    const swapped = { ...draft, targets: moved(draft.targets, 0, 1) };
    expect(toRouteChanges(swapped, draft)).toEqual({ targets: [...ROUTE.targets].reverse() });
  });

  it('moves a target within the list alone', () => {
    const targets = ['a', 'b', 'c'].map(newTarget);
    const names = (list: readonly { upstream: string }[]) => list.map(({ upstream }) => upstream);
    expect(names(moved(targets, 2, -1))).toEqual(['a', 'c', 'b']);
    expect(names(moved(targets, 0, -1))).toEqual(['a', 'b', 'c']);
    expect(names(moved(targets, 2, 1))).toEqual(['a', 'b', 'c']);
  });

  it('names what is wrong with which target', () => {
    const [first, second] = [newTarget('groq'), { ...newTarget(''), model: 'm' }];
    expect(validateRoute({ model: ' ', wire: 'openai', targets: [] })).toEqual({
      model: expect.any(String),
      targets: expect.any(String),
    });
    const { rows = {} } = validateRoute({ model: 'x', wire: 'openai', targets: [first, second] });
    expect(Object.keys(rows[first.id] ?? {})).toEqual(['model']);
    expect(Object.keys(rows[second.id] ?? {})).toEqual(['upstream']);
    for (const [timeout, isRight] of [
      ['', true],
      ['1', true],
      ['600', true],
      ['601', false],
      ['0', false],
      ['1.5', false],
      ['x', false],
    ] as const) {
      const targets = [{ ...newTarget('groq'), model: 'm', timeout }];
      const wrong = validateRoute({ model: 'x', wire: 'openai', targets });
      expect(wrong.rows === undefined, timeout).toBe(isRight);
    }
  });
});

it('says a target in one line', () => {
  expect(ROUTE.targets.map(targetText)).toEqual([
    'llama-3.3 at groq (20 s)',
    'gpt-4o-mini at openai',
  ]);
});
