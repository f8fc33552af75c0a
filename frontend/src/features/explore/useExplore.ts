// The state of the page in its URL, and the requests that it stands for.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { groupedRows, groupedSeries } from '../../api/grouped';
import { type Dim, summaryBeforeParams, summaryParams, timeseriesParams } from '../../api/params';
import { slotsQuery } from '../../api/slots';
import { summaryQuery, timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { bucketsOf, type Interval, intervalOf, MAX_BUCKETS, spanOf } from '../../lib/range';
import { useRawSearch, useView } from '../../lib/useView';
import { type Search, viewPart } from '../../lib/view';
import { type ExploreState, parseExplore, writeExplore } from './state';

const NONE: readonly string[] = [];

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

export function useExploreSeries(by: Dim, interval: Interval | undefined, top: number) {
  const [view, asOf] = [useView(), useAsOf()];
  const params = interval && timeseriesParams(view, asOf, { by, interval, top, latency: true });
  const series = useQuery(timeseriesQuery(params));
  const owners = useQuery(slotsQuery(by));
  return { series: groupedSeries(series, by), owners: owners.data ?? NONE };
}

export function useExploreRows(by: Dim) {
  const [view, asOf] = [useView(), useAsOf()];
  const options = { by: [by] };
  const now = useQuery(summaryQuery(summaryParams(view, asOf, options)));
  const before = useQuery(summaryQuery(summaryBeforeParams(view, asOf, options)));
  const total = useQuery(summaryQuery(summaryParams(view, asOf)));
  return {
    now: groupedRows(now, by),
    before: groupedRows(before, by).data,
    total: total.data?.[0],
  };
}
