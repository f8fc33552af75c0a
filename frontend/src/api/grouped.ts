// Answers that are grouped as asked: the answer before, which stays while the next one loads, may not be.
import type { UseQueryResult } from '@tanstack/react-query';
import { isGroupedBy } from '../lib/groups';
import type { Dim } from './params';
import type { SummaryRow, Timeseries } from './usage';

/** As if nothing had been answered yet, so that its place shows a skeleton. */
function pending<T>(query: UseQueryResult<T, Error>): UseQueryResult<T, Error> {
  return { ...query, data: undefined } as UseQueryResult<T, Error>;
}

export function groupedRows(query: UseQueryResult<SummaryRow[], Error>, by: Dim) {
  return query.data && !isGroupedBy(query.data, by) ? pending(query) : query;
}

export function groupedSeries(query: UseQueryResult<Timeseries, Error>, by: Dim) {
  const groups = query.data?.series.filter(({ is_other }) => !is_other).map(({ group }) => group);
  return groups && !isGroupedBy(groups, by) ? pending(query) : query;
}
