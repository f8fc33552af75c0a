// A list of dated rows in its states: loading, failed, empty, nothing found, full.
import { Checkbox } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useRawSearch, useView } from '../../lib/useView';
import { valuesOf } from '../../lib/view';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import type { SortOrder } from '../../ui/sortRows';
import { type DatedRow, type DatedState, matching, withStates } from './dated';
import classes from './Prices.module.css';
import { FORBIDDEN } from './texts';

interface DatedListProps<Row> {
  title: string;
  note: string;
  description: string;
  query: UseQueryResult<Row[], Error>;
  columns: readonly Column<DatedRow<Row>>[];
  /** What later rows replace: a tool for a model, a model. */
  subjectOf: (row: Row) => string;
  /** What the search finds. */
  namesOf: (row: Row) => readonly (string | null)[];
  /** What can be done with a row. */
  action?: Column<DatedRow<Row>>;
  tools: ReactNode;
}

export function DatedList<Row extends { effective_from: string }>(props: DatedListProps<Row>) {
  const { title, query, tools } = props;
  const [text = ''] = valuesOf(useRawSearch(), 'q');
  const [withEnded, setWithEnded] = useState(false);
  const rows = query.data && withStates(query.data, props.subjectOf, Date.now());
  const shown = rows && matching(rows, props.namesOf, { text, withEnded });
  const ended = rows?.filter(({ state }) => state === 'ended').length ?? 0;
  return (
    <Panel
      title={title}
      note={shown && `${shown.length} · ${props.note}`}
      description={props.description}
      aside={tools}
      footer={
        ended > 0 && (
          <Checkbox
            size="xs"
            label={`Show ended rows (${ended})`}
            checked={withEnded}
            onChange={({ currentTarget }) => setWithEnded(currentTarget.checked)}
          />
        )
      }
    >
      {query.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={query.error}
            forbidden={FORBIDDEN}
            onRetry={() => void query.refetch()}
          />
        </div>
      )}
      {query.isPending && <SkeletonRows label={`Loading ${title.toLowerCase()}`} rows={8} />}
      {rows?.length === 0 && <EmptyState title={`No ${title.toLowerCase()} yet.`} />}
      {shown?.length === 0 && rows?.length !== 0 && (
        <EmptyState
          title={text === '' ? 'No row is in effect.' : `Nothing has “${text}” in its name.`}
        />
      )}
      {shown && shown.length > 0 && <Rows {...props} rows={shown} />}
    </Panel>
  );
}

interface RowsProps<Row> extends DatedListProps<Row> {
  rows: readonly DatedRow<Row>[];
}

function Rows<Row extends { effective_from: string }>(props: RowsProps<Row>) {
  const { title, columns, rows, subjectOf, action } = props;
  const { tz } = useView();
  const [sort, setSort] = useState<SortOrder>();
  return (
    <DataTable
      caption={title}
      columns={[...columns, ...datedColumns<Row>(tz), ...(action ? [action] : [])]}
      rows={rows}
      rowKey={({ row }) => `${subjectOf(row)} ${row.effective_from}`}
      sort={sort}
      onSort={setSort}
    />
  );
}

const TONES: Readonly<Record<DatedState, Tone>> = {
  'in effect': 'ok',
  planned: 'pending',
  ended: 'neutral',
};

const datedColumns = <Row extends { effective_from: string }>(
  zone: string,
): Column<DatedRow<Row>>[] => [
  {
    id: 'from',
    header: 'In effect from',
    align: 'end',
    sortValue: ({ row }) => Date.parse(row.effective_from),
    cell: ({ row }) => <Instant at={row.effective_from} zone={zone} as="day" />,
  },
  {
    id: 'state',
    header: 'State',
    sortValue: ({ state }) => state,
    cell: ({ state }) => <StatusBadge tone={TONES[state]}>{state}</StatusBadge>,
  },
];
