// The groups of the range as a table that adds up to the total; rows open to a second dimension.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { summaryBeforeParams, summaryParams } from '../../api/params';
import { type SummaryRow, summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { dimName, type KeyNames } from '../../lib/groups';
import { addSums, isAdditive } from '../../lib/metrics';
import { useView } from '../../lib/useView';
import { ChildRows, type Column, DataTable } from '../../ui/DataTable';
import { FailureNotice } from '../../ui/FailureNotice';
import { SkeletonText } from '../../ui/Skeletons';
import type { SortOrder } from '../../ui/sortRows';
import { sortRows } from '../../ui/sortRows';
import { exploreColumns } from './columns';
import { canNarrow, isFilter, outcomeOf, withOnly } from './dims';
import classes from './Explore.module.css';
import { GroupName } from './GroupName';
import { type ExploreRow, exploreRows, foldRows } from './rows';
import type { ExploreState } from './state';
import type { Trends } from './trends';
import { hasDetails } from './useExplore';

interface ExploreTableProps {
  rows: readonly SummaryRow[];
  before: readonly SummaryRow[] | undefined;
  /** All calls as one row. */
  whole: SummaryRow | undefined;
  state: ExploreState;
  keys: KeyNames | undefined;
  trends: Trends;
  onSort: (sort: SortOrder) => void;
}

const SHOWN = 50;

export function ExploreTable(props: ExploreTableProps) {
  const { rows, before, whole, state, keys, trends, onSort } = props;
  const { by, sub, metric } = state;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [isWhole, setWhole] = useState(false);
  const all = exploreRows(rows, { by, before, keys });
  const columns = exploreColumns({
    metric,
    header: sub ? `${dimName(by)} / ${dimName(sub)}` : dimName(by),
    total: addSums(rows),
    totalBefore: before && addSums(before),
    whole,
    rows: all,
    name: (row) => <GroupName row={row} by={by} color={trends.get(row.id)?.color} />,
    trend: (row) => trends.get(row.id),
  });
  const sort = state.sort ?? { id: metric, desc: true };
  const sorted = sortRows(all, columns.find(({ id }) => id === sort.id)?.sortValue, sort);
  const shown = isWhole ? sorted : foldRows(sorted, SHOWN);
  const toggle = ({ id }: ExploreRow) =>
    setOpen((old) => new Set(old.has(id) ? [...old].filter((one) => one !== id) : [...old, id]));
  return (
    <>
      <DataTable
        caption={`Usage by ${dimName(by).toLowerCase()}`}
        columns={columns}
        rows={shown}
        rowKey={({ id }) => id}
        sort={sort}
        onSort={onSort}
        isLast={({ isOther }) => isOther}
        expand={
          sub && {
            isOpen: ({ id }) => open.has(id),
            onToggle: toggle,
            canOpen: (row) => row.value !== null && canNarrow(by),
            label: ({ name }) => `${name} by ${dimName(sub).toLowerCase()}`,
            content: (row) => <SubRows row={row} state={state} columns={columns} keys={keys} />,
          }
        }
      />
      {(isWhole || shown.length < all.length) && (
        <div className={classes.more}>
          <Button size="xs" variant="default" onClick={() => setWhole(!isWhole)}>
            {isWhole ? `Show the first ${SHOWN}` : `Show all ${all.length}`}
          </Button>
        </div>
      )}
      {!isAdditive(metric) && (
        <p className={classes.hint}>
          Percentiles do not add up, so there are no shares. The last row is over all calls.
        </p>
      )}
    </>
  );
}

interface SubRowsProps {
  row: ExploreRow;
  state: ExploreState;
  columns: readonly Column<ExploreRow>[];
  keys: KeyNames | undefined;
}

/** Asked when the row opens. */
function SubRows({ row, state, columns, keys }: SubRowsProps) {
  const [view, asOf] = [useView(), useAsOf()];
  const { by, sub = by, metric } = state;
  const own = isFilter(by) && row.value !== null ? withOnly(view, by, row.value) : view;
  const only = row.value === null ? {} : outcomeOf(by, row.value);
  const options = { by: [sub], details: hasDetails(metric), only };
  const now = useQuery(summaryQuery(summaryParams(own, asOf, options)));
  const before = useQuery(summaryQuery(summaryBeforeParams(own, asOf, options)));
  if (now.isError && !now.data) {
    return (
      <tr>
        <td colSpan={columns.length}>
          <FailureNotice
            error={now.error}
            forbidden="This key may not read usage."
            onRetry={() => void now.refetch()}
          />
        </td>
      </tr>
    );
  }
  if (!now.data) {
    return (
      <tr data-child>
        <td colSpan={columns.length}>
          <SkeletonText width="30ch" />
        </td>
      </tr>
    );
  }
  const rows = exploreRows(now.data, { by: sub, before: before.data, keys });
  const largest = { id: metric, desc: true };
  const sorted = sortRows(rows, columns.find(({ id }) => id === largest.id)?.sortValue, largest);
  const childColumns = columns.map((column) =>
    column.id === 'name'
      ? { ...column, cell: (one: ExploreRow) => <GroupName row={one} by={sub} /> }
      : column,
  );
  return (
    <ChildRows
      columns={childColumns}
      rows={foldRows(sorted, 20)}
      rowKey={({ id }) => `${row.id} ${id}`}
    />
  );
}
