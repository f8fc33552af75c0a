// The price in effect of each model. A row leads to its tiers, sizes of input and dated rows.

import { Button, Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { formatNumberOf } from '../../lib/format';
import { useRawSearch, useView } from '../../lib/useView';
import { valuesOf } from '../../lib/view';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import type { SortOrder } from '../../ui/sortRows';
import { type Line, linesOf, modelsOf } from './book';
import { bookColumns } from './columns';
import classes from './Prices.module.css';
import { bookQuery } from './queries';
import { FORBIDDEN } from './texts';

/** Rows of the first view; a search, a sort order and the button show all. */
const FIRST = 40;

const textOf = (count: number, isOfReviews: boolean) =>
  isOfReviews ? formatNumberOf(count, 'price') : formatNumberOf(count, 'model');

export function PriceBook({ tools }: { tools: ReactNode }) {
  const { tz } = useView();
  const [name = ''] = valuesOf(useRawSearch(), 'q');
  const book = useQuery(bookQuery);
  const [sort, setSort] = useState<SortOrder>();
  const [onlyReviews, setOnlyReviews] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  const lines = useMemo(() => book.data && linesOf(book.data.rows, Date.now()), [book.data]);
  const columns = useMemo(() => bookColumns(tz), [tz]);
  const reviews = lines?.filter(({ current }) => current?.review_on != null) ?? [];
  // Reviews are of single lines.
  const isOfReviews = onlyReviews && reviews.length > 0;
  const found = lines && withName(isOfReviews ? reviews : modelsOf(lines), name);
  const isWhole = showsAll || name !== '' || sort !== undefined;
  const shown = isWhole ? found : found?.slice(0, FIRST);
  const hidden = (found?.length ?? 0) - (shown?.length ?? 0);
  return (
    <Panel
      title="Price book"
      note={
        found &&
        `${textOf(found.length, isOfReviews)}${book.data?.isWhole ? '' : ' and more'} · USD per 1M tokens`
      }
      aside={tools}
      footer={
        (reviews.length > 0 || hidden > 0) && (
          <>
            {reviews.length > 0 && (
              <Checkbox
                size="xs"
                label={`Only prices to review (${reviews.length})`}
                checked={onlyReviews}
                onChange={({ currentTarget }) => setOnlyReviews(currentTarget.checked)}
              />
            )}
            {hidden > 0 && (
              <Button size="xs" variant="default" onClick={() => setShowsAll(true)}>
                Show {hidden} more
              </Button>
            )}
          </>
        )
      }
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
        <EmptyState title={`Nothing has “${name}” in its name.`} />
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

/** Lines whose model or provider has the text in its name, in any case. */
function withName<L extends Line>(lines: readonly L[], text: string) {
  const wanted = text.trim().toLowerCase();
  return lines.filter(
    ({ model, provider }) => model.toLowerCase().includes(wanted) || provider.includes(wanted),
  );
}
