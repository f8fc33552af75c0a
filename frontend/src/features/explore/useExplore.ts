// The state of the page in its URL, and the requests that it stands for.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { groupedRows, groupedSeries } from '../../api/grouped';
import { summaryBeforeParams, summaryParams, timeseriesParams } from '../../api/params';
import { slotsQuery } from '../../api/slots';
import { summaryQuery, timeseriesQuery } from '../../api/usage';
import { windowOfRange } from '../../api/useCap';
import { useAsOf } from '../../lib/clock';
import { isAdditive, type Metric } from '../../lib/metrics';
import {
  bucketsOf,
  type Interval,
  intervalOf,
  MAX_BUCKETS,
  type Range,
  spanOf,
} from '../../lib/range';
import { useRawSearch, useView } from '../../lib/useView';
import { type Search, type View, viewPart } from '../../lib/view';
import {
  drawnForm,
  type ExploreState,
  isCumulative,
  isDim,
  parseExplore,
  writeExplore,
} from './state';

const NONE: readonly string[] = [];

/** Tags that the view or the page uses, then those that most calls have. */
export function tagNames(
  view: View,
  { by, sub }: ExploreState,
  known: readonly { value: string }[],
): string[] {
  const used = [by, sub].flatMap((dim) => (dim?.startsWith('tag.') ? [dim.slice(4)] : []));
  const common = known.map(({ value }) => value).filter((name) => isDim(`tag.${name}`));
  return [...new Set([...Object.keys(view.tag), ...used, ...common])];
}

export function useExploreState() {
  const search = useRawSearch();
  const navigate = useNavigate();
  const { state } = useMemo(() => parseExplore(search), [search]);
  function setState(change: Partial<ExploreState>, { replace = false } = {}) {
    void navigate({
      to: '.',
      search: (old: Search) => ({
        ...viewPart(old),
        ...writeExplore({ ...parseExplore(old).state, ...change }),
      }),
      replace,
      resetScroll: false,
    });
  }
  return { state, setState };
}

/** The interval of the URL if the range allows it, else the one that fits. All time asks for its start first. */
export function useExploreInterval(chosen: Interval | undefined) {
  const [view, asOf] = [useView(), useAsOf()];
  const span = spanOf(view.range, view.tz, asOf);
  const isAll = span.from === undefined;
  const months = timeseriesParams(view, asOf, { interval: 'month', top: 0 });
  const start = useQuery({ ...timeseriesQuery(months), enabled: isAll });
  const since = start.data && Date.parse(start.data.from);
  const known = isAll ? since : span.from;
  const whole = known === undefined ? undefined : { ...span, from: known };
  const allows = (interval: Interval) =>
    whole === undefined || (bucketsOf(whole, interval) ?? 0) <= MAX_BUCKETS;
  const fitting = whole && intervalOf(whole);
  return {
    interval: chosen && allows(chosen) ? chosen : fitting,
    fitting,
    allows,
    holdsNow: span.holdsNow,
  };
}

export function useExploreSeries(
  { by, top, metric }: ExploreState,
  interval: Interval | undefined,
) {
  const [view, asOf] = [useView(), useAsOf()];
  // Histograms are most of the work of a series: only charts of times ask for them.
  const times = isAdditive(metric) ? {} : { details: true, latency: true };
  const params = interval && timeseriesParams(view, asOf, { by, interval, top, ...times });
  const series = useQuery(timeseriesQuery(params));
  const owners = useQuery(slotsQuery(by));
  return { series: groupedSeries(series, by), owners: owners.data ?? NONE };
}

export function useExploreRows({ by, metric }: ExploreState) {
  const [view, asOf] = [useView(), useAsOf()];
  const details = hasDetails(metric);
  const options = { by: [by], details };
  const now = useQuery(summaryQuery(summaryParams(view, asOf, options)));
  const before = useQuery(summaryQuery(summaryBeforeParams(view, asOf, options)));
  const total = useQuery(summaryQuery(summaryParams(view, asOf, { details })));
  return {
    now: groupedRows(now, by),
    before: groupedRows(before, by).data,
    total: total.data?.[0],
  };
}

/** Whether rows need more than sums: all percentiles of a time. */
export const hasDetails = (metric: Metric): boolean => !isAdditive(metric);

/** The window whose budget the chart may show: of spend only, as a running sum or as bars. */
export function capWindow(state: ExploreState, range: Range, interval: Interval | undefined) {
  if (state.metric !== 'spend') return undefined;
  if (isCumulative(state)) return windowOfRange(range);
  return drawnForm(state) === 'bars' ? interval : undefined;
}
