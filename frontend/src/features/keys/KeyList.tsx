// All keys with their spend of the last 30 days.
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useRawSearch, useView } from '../../lib/useView';
import { type Search, viewPart } from '../../lib/view';
import { DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { PagedPanel } from '../../ui/PagedPanel';
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
  const [sort, setSort] = useState<SortOrder>({ id: 'spend', desc: true });
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
    <PagedPanel
      title="Keys"
      count={keys?.length}
      pages={pages}
      more="Show more keys"
      loading="Loading keys"
      forbidden={FORBIDDEN}
      aside={<Filters filter={filter} onChange={setFilter} />}
    >
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
    </PagedPanel>
  );
}

interface FiltersProps {
  filter: KeyFilter;
  onChange: (filter: KeyFilter) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  return (
    <search className={classes.filters} aria-label="Filter keys">
      <NativeSelect
        size="xs"
        aria-label="Status"
        className={classes.status}
        data={[
          { value: '', label: 'Any status' },
          ...STATUSES.map((status) => ({ value: status, label: status })),
        ]}
        value={filter.status ?? ''}
        onChange={({ currentTarget: { value } }) =>
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
