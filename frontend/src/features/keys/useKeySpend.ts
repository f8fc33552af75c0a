// What each key spent in the last 30 days, in all and day by day.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { summaryParams, timeseriesParams } from '../../api/params';
import { type SummaryRow, summaryQuery, timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { groupValue } from '../../lib/groups';
import { useView } from '../../lib/useView';
import { withoutFilters } from '../../lib/view';

export interface KeySpend {
  isReady: boolean;
  rows: ReadonlyMap<string, SummaryRow>;
  /** For sparklines: the keys that spent most. */
  trends: ReadonlyMap<string, number[]>;
}

const TRENDS = 20;

export function useKeySpend(): KeySpend {
  const asOf = useAsOf();
  const view = { ...withoutFilters(useView()), range: '30d' as const };
  const sums = useQuery(summaryQuery(summaryParams(view, asOf, { by: ['key'] })));
  const days = useQuery(
    timeseriesQuery(timeseriesParams(view, asOf, { by: 'key', interval: 'day', top: TRENDS })),
  );
  return useMemo(
    () => ({
      isReady: !sums.isPending,
      rows: new Map(
        (sums.data ?? []).flatMap((row) => {
          const id = groupValue(row, 'key');
          return id === null ? [] : [[id, row] as const];
        }),
      ),
      trends: new Map(
        (days.data?.series ?? []).flatMap(({ group, points }) =>
          typeof group.key === 'string'
            ? [[group.key, points.map((point) => Number(point.cost_usd ?? 0))] as const]
            : [],
        ),
      ),
    }),
    [sums.data, sums.isPending, days.data],
  );
}
