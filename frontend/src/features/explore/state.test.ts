import fc from 'fast-check';
import { expect, it } from 'vitest';
import { INTERVALS } from '../../lib/range';
import { parseSearch, stringifySearch } from '../../lib/search';
import {
  DEFAULTS,
  drawnForm,
  type ExploreState,
  FORMS,
  isCumulative,
  parseExplore,
  TOPS,
  writeExplore,
} from './state';

const dim = fc.constantFrom(
  'model',
  'label',
  'key',
  'endpoint',
  'status',
  'tag.env',
  'tag.a-b.c',
  'tag.команда',
);
const states = fc
  .record({
    metric: fc.constantFrom('spend', 'calls', 'latency', 'first-byte-p99', 'cached'),
    by: dim,
    sub: fc.option(dim, { nil: undefined }),
    interval: fc.option(fc.constantFrom(...INTERVALS), { nil: undefined }),
    top: fc.constantFrom(...TOPS),
    as: fc.constantFrom(...FORMS),
    cumulative: fc.boolean(),
    sort: fc.option(fc.record({ id: fc.constantFrom('spend', 'per_1k'), desc: fc.boolean() }), {
      nil: undefined,
    }),
  })
  .map(
    (state) => ({ ...state, sub: state.sub === state.by ? undefined : state.sub }) as ExploreState,
  );

it('a state survives its URL', () => {
  fc.assert(
    fc.property(states, (state) => {
      const text = stringifySearch(writeExplore(state));
      expect(parseExplore(parseSearch(text))).toEqual({ state, broken: [] });
    }),
  );
});

it('the default needs no parameters, and unknown values are named', () => {
  expect(writeExplore(DEFAULTS)).toEqual({});
  const { state, broken } = parseExplore({
    metric: 'luck',
    by: 'tag.',
    sub: 'tag.a b',
    top: '7',
    cumulative: '1',
  });
  expect(state).toEqual(DEFAULTS);
  expect(broken.sort()).toEqual(['by=tag.', 'cumulative=1', 'metric=luck', 'sub=tag.a b', 'top=7']);
});

it('percentiles are lines whatever is asked for, and running sums too', () => {
  expect(drawnForm({ ...DEFAULTS, metric: 'latency', as: 'share' })).toBe('lines');
  expect(isCumulative({ ...DEFAULTS, metric: 'latency', cumulative: true })).toBe(false);
  expect(drawnForm({ ...DEFAULTS, cumulative: true })).toBe('lines');
  expect(drawnForm({ ...DEFAULTS, as: 'share' })).toBe('share');
});
