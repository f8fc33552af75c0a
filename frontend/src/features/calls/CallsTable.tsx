// The list of calls in its four states. Only the rows in view are in the document.
import { Button } from '@mantine/core';
import { type InfiniteData, type UseInfiniteQueryResult, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { components } from '../../api/schema.gen';
import { healthQuery } from '../../api/usage';
import { formatDay } from '../../lib/format';
import { columnDecimals } from '../../lib/money';
import { useSetView, useView } from '../../lib/useView';
import { filtersOf, withoutFilters } from '../../lib/view';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { SkeletonRows } from '../../ui/Skeletons';
import { VirtualTable } from '../../ui/VirtualTable';
import { CallCard } from './CallCard';
import classes from './CallsTable.module.css';
import { type CallSort, SORTS } from './callsSearch';
import type { ColumnId } from './columnIds';
import { columnsOf } from './columns';
import type { Call } from './queries';
import { useNarrow } from './useNarrow';

type Pages = UseInfiniteQueryResult<InfiniteData<components['schemas']['CallPage']>>;

interface CallsTableProps {
  query: Pages;
  rows: readonly Call[];
  columnIds: readonly ColumnId[];
  openCall: string | undefined;
  keyName: (id: string) => string;
  onOpen: (id: string) => void;
  sort: CallSort;
  /** Removes the page's own filters; undefined where there are none. */
  onClear: (() => void) | undefined;
}

const FORBIDDEN =
  'This key lacks the usage:read scope. Ask an administrator for a key that has it.';
const CARD_HEIGHT = 64;
/** The open call shows its tokens; the list beside it has no room for them. */
const HIDDEN_BESIDE: readonly ColumnId[] = ['input', 'cached', 'output', 'reasoning', 'attempts'];

export function CallsTable(props: CallsTableProps) {
  const { query, rows, columnIds, openCall, keyName, onOpen, sort } = props;
  const { tz } = useView();
  const isNarrow = useNarrow();
  const columns = useMemo(() => {
    const decimals = columnDecimals(rows.map(({ cost_usd }) => cost_usd));
    const all = columnsOf({ zone: tz, decimals, keyName, sort });
    const shown = columnIds.filter((id) => openCall === undefined || !HIDDEN_BESIDE.includes(id));
    return all.filter(({ id }) => (shown as readonly string[]).includes(id));
  }, [rows, tz, keyName, columnIds, openCall, sort]);
  if (query.isPending) return <SkeletonRows label="Loading calls" rows={14} />;
  if (query.isError && rows.length === 0) {
    return (
      <div className={classes.notice}>
        <FailureNotice
          error={query.error}
          forbidden={FORBIDDEN}
          onRetry={() => void query.refetch()}
        />
      </div>
    );
  }
  if (rows.length === 0) return <NoCalls onClear={props.onClear} />;
  return (
    <div className={classes.table}>
      <VirtualTable
        caption={`Calls, ${SORTS[sort].toLowerCase()}`}
        columns={columns}
        rows={rows}
        rowKey={({ id }) => id}
        total={query.hasNextPage ? undefined : rows.length}
        activeKey={openCall}
        onOpen={({ id }) => onOpen(id)}
        onNearEnd={() => {
          if (query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError) {
            void query.fetchNextPage();
          }
        }}
        card={
          isNarrow
            ? { height: CARD_HEIGHT, content: (call) => <CallCard call={call} zone={tz} /> }
            : undefined
        }
        end={<ListEnd query={query} isByTime={sort === 'newest'} />}
      />
    </div>
  );
}

function ListEnd({ query, isByTime }: { query: Pages; isByTime: boolean }) {
  const { tz } = useView();
  const { data: health } = useQuery(healthQuery);
  if (query.isFetchNextPageError) {
    return (
      <>
        More calls could not be loaded.{' '}
        <Button size="compact-sm" variant="default" onClick={() => void query.fetchNextPage()}>
          Try again
        </Button>
      </>
    );
  }
  if (query.hasNextPage) return 'Loading more calls…';
  const dropped = health?.dropped_until;
  return dropped && isByTime
    ? `Reached ${formatDay(dropped, tz)}: earlier calls are kept as sums only.`
    : 'End of the list.';
}

function NoCalls({ onClear }: { onClear: (() => void) | undefined }) {
  const view = useView();
  const setView = useSetView();
  const isFiltered = onClear !== undefined || filtersOf(view).length > 0;
  return (
    <EmptyState
      title={isFiltered ? 'No calls match these filters.' : 'No calls in this range.'}
      action={
        isFiltered ? (
          <Button variant="default" size="xs" onClick={onClear ?? (() => setView(withoutFilters))}>
            Clear filters
          </Button>
        ) : (
          <Button
            variant="default"
            size="xs"
            onClick={() => setView((old) => ({ ...old, range: 'all' }))}
          >
            Show all time
          </Button>
        )
      }
    >
      Calls appear here as soon as they have ended.
    </EmptyState>
  );
}
