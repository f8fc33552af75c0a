// The Calls page: the list with its tools, and the open call beside it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { callsParams, canRank } from '../../api/params';
import { useAsOf } from '../../lib/clock';
import { useRawSearch, useView } from '../../lib/useView';
import type { Search } from '../../lib/view';
import { CallPanel } from './CallPanel';
import { CallsTable } from './CallsTable';
import { CallsToolbar } from './CallsToolbar';
import classes from './CallsView.module.css';
import {
  type CallsSearch,
  isFiltered,
  parseCallsSearch,
  withoutOutcomes,
  writeCallsSearch,
} from './callsSearch';
import { callsQuery } from './queries';
import { useCallKeys } from './useCallKeys';

interface CallsViewProps {
  /** Names of keys; ends of ids for readers who may not see them. */
  keyName: (id: string) => string;
}

export function CallsView({ keyName }: CallsViewProps) {
  const view = useView();
  const asOf = useAsOf();
  const [search, setSearch] = useCallsSearch();
  const sort = canRank(view, asOf) ? search.sort : 'newest';
  const rank = sort === 'newest' ? undefined : sort;
  const query = callsQuery(callsParams(view, asOf, search, rank));
  const calls = useInfiniteQuery(query);
  const rows = useMemo(() => calls.data?.pages.flatMap(({ data }) => data) ?? [], [calls.data]);
  // Back undoes opening and closing; stepping from call to call leaves no trail.
  const open = useCallback(
    (call: string | undefined) =>
      setSearch((old) => ({ ...old, call }), call !== undefined && search.call !== undefined),
    [setSearch, search.call],
  );
  useCallKeys(rows, search.call, open);

  return (
    <div className={classes.split} data-open={search.call !== undefined || undefined}>
      <section className={classes.list} aria-label="Calls">
        <CallsToolbar search={search} onChange={setSearch} />
        <CallsTable
          query={calls}
          rows={rows}
          columnIds={search.cols}
          sort={sort}
          onClear={isFiltered(search) ? () => setSearch(withoutOutcomes) : undefined}
          openCall={search.call}
          keyName={keyName}
          onOpen={open}
        />
      </section>
      {search.call !== undefined && (
        <CallPanel
          key={search.call}
          id={search.call}
          keyName={keyName}
          onClose={() => open(undefined)}
        />
      )}
    </div>
  );
}

export type SetCallsSearch = (
  change: (search: CallsSearch) => CallsSearch,
  replace?: boolean,
) => void;

function useCallsSearch(): [CallsSearch, SetCallsSearch] {
  const raw = useRawSearch();
  const search = useMemo(() => parseCallsSearch(raw), [raw]);
  const navigate = useNavigate();
  const setSearch: SetCallsSearch = useCallback(
    (change, replace = false) =>
      void navigate({
        to: '.',
        search: (old: Search) => writeCallsSearch(old, change(parseCallsSearch(old))),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, setSearch];
}
