// What Explore shows beyond the view, as its URL says it.
import type { Dim } from '../../api/params';
import { isAdditive, isMetric, type Metric } from '../../lib/metrics';
import { INTERVALS, type Interval } from '../../lib/range';
import { type Search, valuesOf } from '../../lib/view';
import { parseSort, type SortOrder, writeSort } from '../../ui/sortRows';

export const TOPS = [5, 8, 12, 20] as const;
export const FORMS = ['bars', 'lines', 'share'] as const;

export type Top = (typeof TOPS)[number];
export type Form = (typeof FORMS)[number];

export interface ExploreState {
  metric: Metric;
  by: Dim;
  /** What a row opens to. */
  sub?: Dim;
  /** Undefined: the one that fits the range. */
  interval?: Interval;
  top: Top;
  as: Form;
  cumulative: boolean;
  sort?: SortOrder;
}

const DIMS = ['model', 'provider', 'label', 'key', 'endpoint', 'status'] as const;
export const isDim = (text: string): text is Dim =>
  (DIMS as readonly string[]).includes(text) || /^tag\.[^\s,\p{Cc}]{1,64}$/u.test(text);

export const DEFAULTS: ExploreState = {
  metric: 'spend',
  by: 'model',
  top: 8,
  as: 'bars',
  cumulative: false,
};

/** Unknown values fall to the default; they are listed in `broken`. */
export function parseExplore(search: Search): { state: ExploreState; broken: string[] } {
  const broken: string[] = [];
  function read<T>(name: string, parse: (text: string) => T | undefined): T | undefined {
    const [text] = valuesOf(search, name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) broken.push(`${name}=${text}`);
    return value;
  }
  const oneOf =
    <T extends string | number>(known: readonly T[]) =>
    (text: string) =>
      known.find((value) => String(value) === text);
  const dim = (text: string) => (isDim(text) ? text : undefined);
  const by = read('by', dim) ?? DEFAULTS.by;
  const sub = read('sub', dim);
  const state: ExploreState = {
    metric: read('metric', (text) => (isMetric(text) ? text : undefined)) ?? DEFAULTS.metric,
    by,
    // A group does not open to itself.
    sub: sub === by ? undefined : sub,
    interval: read('interval', oneOf(INTERVALS)),
    top: read('top', oneOf(TOPS)) ?? DEFAULTS.top,
    as: read('as', oneOf(FORMS)) ?? DEFAULTS.as,
    cumulative: read('cumulative', (text) => (text === 'true' ? true : undefined)) ?? false,
    sort: read('sort', parseSort),
  };
  return { state, broken };
}

/** As few parameters as say it. */
export function writeExplore(state: ExploreState): Search {
  const { metric, by, sub, interval, top, as, cumulative, sort } = state;
  return {
    ...(metric !== DEFAULTS.metric && { metric }),
    ...(by !== DEFAULTS.by && { by }),
    ...(sub && { sub }),
    ...(interval && { interval }),
    ...(top !== DEFAULTS.top && { top: String(top) }),
    ...(as !== DEFAULTS.as && { as }),
    ...(cumulative && { cumulative: 'true' }),
    ...(sort && { sort: writeSort(sort) }),
  };
}

/** What is drawn: percentiles have neither stack nor share nor running sums, and running sums are lines. */
export function drawnForm({ metric, as, cumulative }: ExploreState): Form {
  return !isAdditive(metric) || cumulative ? 'lines' : as;
}

export const isCumulative = ({ metric, cumulative }: ExploreState) =>
  cumulative && isAdditive(metric);
