// No calls in the range: says when the last one was, and leads there.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { summaryParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatDay } from '../../lib/format';
import { type Range, spanOf } from '../../lib/range';
import { useSetView, useView } from '../../lib/useView';
import { filtersOf, withoutFilters } from '../../lib/view';
import { EmptyState } from '../../ui/EmptyState';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';

interface EmptyRangeProps {
  /** Shown where there has never been a call. */
  firstCall: ReactNode;
}

export function EmptyRange({ firstCall }: EmptyRangeProps) {
  const [view, asOf] = [useView(), useAsOf()];
  const setView = useSetView();
  const allTime = useQuery(summaryQuery(summaryParams({ ...view, range: 'all' }, asOf)));
  const isFiltered = filtersOf(view).length > 0;
  if (!allTime.data) return <SkeletonRows label="Looking for earlier calls" rows={3} />;
  const last = allTime.data[0]?.last_call_at;
  if (!last && !isFiltered) return firstCall;
  const { from } = spanOf('30d', view.tz, asOf);
  const range: Range = last && Date.parse(last) >= (from ?? 0) ? '30d' : 'all';
  return (
    <Panel title="Spend">
      <EmptyState
        title={`No calls ${rangeWords(view.range, view.tz, asOf)}${isFiltered ? ' that match the filters' : ''}.`}
        action={
          <>
            {last && (
              <Button size="xs" onClick={() => setView((old) => ({ ...old, range }))}>
                {range === '30d' ? 'Show last 30 days' : 'Show all time'}
              </Button>
            )}
            {isFiltered && (
              <Button size="xs" variant="default" onClick={() => setView(withoutFilters)}>
                Remove filters
              </Button>
            )}
          </>
        }
      >
        {last && <p>The last one was on {formatDay(last, view.tz)}.</p>}
      </EmptyState>
    </Panel>
  );
}

function rangeWords(range: Range, zone: string, asOf: number): string {
  const { from, to } = spanOf(range, zone, asOf);
  if (from === undefined) return 'yet';
  const [first, last] = [formatDay(from, zone), formatDay(to - 1, zone)];
  return first === last ? `on ${first}` : `between ${first} and ${last}`;
}
