// The reports of the start page, all for the same instant. None waits for another but all time, whose start is
// unknown until a series of months says it.
import { useQuery } from '@tanstack/react-query';
import { groupedRows, groupedSeries } from '../../api/grouped';
import { type Dim, summaryBeforeParams, summaryParams, timeseriesParams } from '../../api/params';
import { slotsQuery } from '../../api/slots';
import { summaryQuery, timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { isGroupedBy } from '../../lib/groups';
import { type Interval, intervalOf, spanOf } from '../../lib/range';
import { useView } from '../../lib/useView';

const TOP = 8;
const NONE: readonly string[] = [];

/** One row for the range and one for the period before. */
export function useTotals() {
  const [view, asOf] = [useView(), useAsOf()];
  const options = { details: true };
  const now = useQuery(summaryQuery(summaryParams(view, asOf, options)));
  const before = useQuery(summaryQuery(summaryBeforeParams(view, asOf, options)));
  return { now, row: now.data?.[0], before: before.data?.[0] };
}

/** Groups of the range and of the period before. */
export function useGroups(by: Dim) {
  const [view, asOf] = [useView(), useAsOf()];
  const options = { by: [by] };
  const now = useQuery(summaryQuery(summaryParams(view, asOf, options)));
  const before = useQuery(summaryQuery(summaryBeforeParams(view, asOf, options)));
  return { now: groupedRows(now, by), before: groupedRows(before, by).data };
}

/**
 * Models with calls that have no price, also not now. As billed they stay unpriced for ever, and a notice about them
 * would never end; so where there are any, the report is asked for again at current prices.
 */
export function useUnpricedModels() {
  const [view, asOf] = [useView(), useAsOf()];
  const billed = useGroups('model').now.data ?? [];
  const isAny = billed.some(({ unpriced_calls }) => unpriced_calls > 0);
  const current = summaryParams({ ...view, cost: 'current' }, asOf, { by: ['model'] });
  const { data } = useQuery({ ...summaryQuery(current), enabled: isAny });
  return isAny && data && isGroupedBy(data, 'model') ? data : [];
}

export function useInterval(): Interval | undefined {
  const [view, asOf] = [useView(), useAsOf()];
  const span = spanOf(view.range, view.tz, asOf);
  const isAll = span.from === undefined;
  const months = timeseriesParams(view, asOf, { interval: 'month', top: 0 });
  const start = useQuery({ ...timeseriesQuery(months), enabled: isAll });
  if (!isAll) return intervalOf(span);
  return start.data && intervalOf(span, Date.parse(start.data.from));
}

export function useSeries(by: Dim) {
  const [view, asOf] = [useView(), useAsOf()];
  const interval = useInterval();
  const params = interval && timeseriesParams(view, asOf, { by, interval, top: TOP });
  const series = useQuery(timeseriesQuery(params));
  const owners = useQuery(slotsQuery(by));
  return { series: groupedSeries(series, by), interval, owners: owners.data ?? NONE, top: TOP };
}
