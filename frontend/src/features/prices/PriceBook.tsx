// The price in effect of each model, tier and size of input. A row leads to its dated rows.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { useRawSearch, useView } from '../../lib/useView';
import { valuesOf } from '../../lib/view';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import type { SortOrder } from '../../ui/sortRows';
import { linesOf } from './book';
import { bookColumns } from './columns';
import classes from './Prices.module.css';
import { bookQuery } from './queries';
import { FORBIDDEN } from './texts';

export function PriceBook({ tools }: { tools: ReactNode }) {
  const { tz } = useView();
  const [name = ''] = valuesOf(useRawSearch(), 'q');
  const book = useQuery(bookQuery);
  const [sort, setSort] = useState<SortOrder>();
  const lines = useMemo(() => book.data && linesOf(book.data.rows, Date.now()), [book.data]);
  const columns = useMemo(() => bookColumns(tz), [tz]);
  const shown = lines?.filter(({ model }) => model.toLowerCase().includes(name.toLowerCase()));
  return (
    <Panel
      title="Price book"
      note={lines && `${lines.length}${book.data?.isWhole ? '' : ' and more'} · USD per 1M tokens`}
      aside={tools}
    >
      {book.isError && !lines && (
        <div className={classes.notice}>
          <FailureNotice
            error={book.error}
            forbidden={FORBIDDEN}
            onRetry={() => void book.refetch()}
          />
        </div>
      )}
      {book.isPending && <SkeletonRows label="Loading prices" rows={10} />}
      {lines?.length === 0 && (
        <EmptyState title="No prices yet.">
          Calls of a model without a price are counted, but have no cost.
        </EmptyState>
      )}
      {lines && lines.length > 0 && shown?.length === 0 && (
        <EmptyState title={`No model has “${name}” in its name.`} />
      )}
      {shown && shown.length > 0 && (
        <DataTable
          caption="Prices in effect"
          columns={columns}
          rows={shown}
          rowKey={({ key }) => key}
          sort={sort}
          onSort={setSort}
        />
      )}
    </Panel>
  );
}
