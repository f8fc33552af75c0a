// All keys with their spend of the last 30 days.
import { Button, Select, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useRawSearch, useView } from '../../lib/useView';
import { type Search, viewPart } from '../../lib/view';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import type { SortOrder } from '../../ui/sortRows';
import { keyColumns } from './columns';
import { type KeyFilter, parseKeyFilter, STATUSES, writeKeyFilter } from './filter';
import classes from './KeyList.module.css';
import { keyPagesQuery } from './queries';
import { FORBIDDEN } from './texts';
import { useKeySpend } from './useKeySpend';

export function KeyList({ onCreate }: { onCreate: () => void }) {
  const search = useRawSearch();
  const navigate = useNavigate();
  const { tz } = useView();
  const filter = parseKeyFilter(search);
  const pages = useInfiniteQuery(keyPagesQuery(filter));
  const spend = useKeySpend();
  const [sort, setSort] = useState<SortOrder>();
  const keys = pages.data?.pages.flatMap(({ data }) => data);
  const columns = useMemo(() => keyColumns({ spend, zone: tz, now: Date.now() }), [spend, tz]);
  const isFiltered = filter.name !== '' || filter.status !== undefined;
  const setFilter = (next: KeyFilter) =>
    void navigate({
      to: '.',
      search: (old: Search) => ({ ...viewPart(old), ...writeKeyFilter(next) }),
      replace: true,
      resetScroll: false,
    });

  return (
    <Panel
      title="Keys"
      note={keys && countText(keys.length, pages.hasNextPage)}
      aside={<Filters filter={filter} onChange={setFilter} />}
      footer={
        pages.hasNextPage && (
          <Button
            size="xs"
            variant="default"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            Show more keys
          </Button>
        )
      }
    >
      {pages.isError && (
        <div className={classes.notice}>
          <FailureNotice
            error={pages.error}
            forbidden={FORBIDDEN}
            onRetry={() => void pages.refetch()}
          />
        </div>
      )}
      {pages.isPending && <SkeletonRows label="Loading keys" />}
      {keys?.length === 0 &&
        (isFiltered ? (
          <EmptyState
            title="No key matches."
            action={
              <Button size="xs" variant="default" onClick={() => setFilter({ name: '' })}>
                Show all keys
              </Button>
            }
          />
        ) : (
          <EmptyState title="No keys yet." action={<Button onClick={onCreate}>New key</Button>}>
            A key lets an application send calls, and says whose calls they are.
          </EmptyState>
        ))}
      {keys && keys.length > 0 && (
        <DataTable
          caption="Keys"
          columns={columns}
          rows={keys}
          rowKey={({ id }) => id}
          sort={sort}
          onSort={setSort}
        />
      )}
    </Panel>
  );
}

const countText = (count: number, hasMore: boolean) => `${count}${hasMore ? ' and more' : ''}`;

interface FiltersProps {
  filter: KeyFilter;
  onChange: (filter: KeyFilter) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  return (
    <search className={classes.filters} aria-label="Filter keys">
      <Select
        size="xs"
        aria-label="Status"
        className={classes.status}
        data={[
          { value: '', label: 'Any status' },
          ...STATUSES.map((status) => ({ value: status, label: status })),
        ]}
        value={filter.status ?? ''}
        allowDeselect={false}
        onChange={(value) =>
          onChange({ ...filter, status: STATUSES.find((status) => status === value) })
        }
      />
      <TextInput
        size="xs"
        aria-label="Search by name"
        placeholder="Search by name"
        leftSection={<IconSearch size={14} aria-hidden="true" />}
        value={filter.name}
        onChange={(event) => onChange({ ...filter, name: event.currentTarget.value })}
      />
    </search>
  );
}
