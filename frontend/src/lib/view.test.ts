import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPreset, PRESETS, type Range } from './range';
import { parseSearch, stringifySearch } from './search';
import {
  filtersOf,
  parseView,
  type View,
  viewPart,
  withFilter,
  withoutFilter,
  writeFullView,
  writeView,
} from './view';

const DEFAULTS = { range: '30d', tz: 'Europe/Berlin' } as const;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Apia'];

const day = fc
  .integer({ min: 0, max: 20_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
const dates = fc
  .tuple(day, day, fc.constantFrom('', 'T00:01', 'T17:10'))
  .filter(([from, to]) => from < to)
  .map(([from, to, time]): Range => ({ from: from + time, to: to + time }));
const range = fc.oneof(fc.constantFrom(...Object.keys(PRESETS).filter(isPreset)), dates);
const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const values = fc.uniqueArray(text, { maxLength: 3 });
const view: fc.Arbitrary<View> = fc.record({
  range,
  tz: fc.constantFrom(...ZONES),
  label: values,
  provider: values,
  model: values,
  key: values,
  tag: fc.dictionary(text, fc.uniqueArray(text, { minLength: 1, maxLength: 2 }), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
  cost: fc.constantFrom('billed', 'current'),
  compare: fc.constantFrom('before', 'off'),
});
const defaults = fc.record({
  range: fc.constantFrom(...Object.keys(PRESETS).filter(isPreset)),
  tz: fc.constantFrom(...ZONES),
});

describe('the view in the URL', () => {
  it('is read as it was written, whatever the stored defaults are', () => {
    fc.assert(
      fc.property(view, defaults, (one, stored) => {
        const url = stringifySearch(writeView(one, stored));
        expect(parseView(parseSearch(url), stored)).toEqual({ view: one, broken: [] });
      }),
    );
  });

  it('means the same to a reader with other stored defaults if it is written in full', () => {
    fc.assert(
      fc.property(view, defaults, (one, reader) => {
        const url = stringifySearch(writeFullView(one));
        expect(parseView(parseSearch(url), reader)).toEqual({ view: one, broken: [] });
      }),
    );
  });

  it('is understood or named as broken, whatever the text is', () => {
    const names = ['range', 'from', 'to', 'tz', 'label', 'cost', 'compare', 'tag.a', '__proto__'];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...names), fc.string())), (pairs) => {
        const search = parseSearch(new URLSearchParams(pairs).toString());
        const { view: read } = parseView(search, DEFAULTS);
        expect(parseView(writeView(read, DEFAULTS), DEFAULTS).view).toEqual(read);
      }),
    );
  });

  it('is empty while it is the stored default', () => {
    const stored = { range: '7d', tz: 'UTC' } as const;
    expect(writeView(parseView({}, stored).view, stored)).toEqual({});
  });

  it('wins entirely over the stored range', () => {
    const stored = { range: '7d', tz: 'UTC' } as const;
    expect(parseView({ label: 'a' }, stored).view.range).toBe('30d');
    const seven = parseView({}, stored).view;
    expect(writeView(withFilter(seven, { field: 'label', value: 'a' }), stored)).toEqual({
      range: '7d',
      label: ['a'],
    });
  });

  it.each([
    ['from=xyz&to=2026-11-02', ['from=xyz']],
    ['from=2026-11-02&to=2026-11-01', ['from=2026-11-02', 'to=2026-11-01']],
    ['from=2026-11-01', ['from=2026-11-01']],
    ['from=2026-02-30&to=2026-03-02', ['from=2026-02-30']],
    ['range=9d', ['range=9d']],
    ['range=7d&from=2026-11-01', ['from=2026-11-01']],
    ['tz=Mars/Olympus', ['tz=Mars/Olympus']],
    ['tz=%2B01:00', ['tz=+01:00']],
    ['cost=free', ['cost=free']],
    ['label=', ['label=']],
  ])('names what it does not understand in ?%s', (search, broken) => {
    expect(parseView(parseSearch(search), DEFAULTS).broken).toEqual(broken);
  });

  it('is plain enough to read in a chat', () => {
    const one = parseView(
      { from: '2026-11-01', to: '2026-11-30T12:30', label: ['a b', 'team/x'], 'tag.env': 'prod' },
      DEFAULTS,
    ).view;
    expect(stringifySearch(writeFullView({ ...one, tz: 'Europe/Berlin' }))).toBe(
      '?from=2026-11-01&to=2026-11-30T12:30&label=a%20b&label=team/x&tag.env=prod&tz=Europe/Berlin',
    );
  });

  it('leaves the parameters of the page behind when it moves to another', () => {
    expect(viewPart({ range: '7d', 'tag.env': 'x', call: 'call_1', 'tag.': 'y' })).toEqual({
      range: '7d',
      'tag.env': 'x',
    });
  });
});

it('adds and removes filters without touching others', () => {
  const start = parseView({ label: 'a', 'tag.env': ['prod', 'dev'] }, DEFAULTS).view;
  const more = withFilter(withFilter(start, { field: 'label', value: 'b' }), {
    field: 'tag.__proto__',
    value: 'x',
  });
  expect(filtersOf(more).map(({ field, value }) => `${field}=${value}`)).toEqual([
    'label=a',
    'label=b',
    'tag.env=prod',
    'tag.env=dev',
    'tag.__proto__=x',
  ]);
  const fewer = filtersOf(more).reduce(withoutFilter, more);
  expect(filtersOf(fewer)).toEqual([]);
  expect(fewer.tag).toEqual({});
});
