// Who changed what, newest first, field by field.
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { spanParams } from '../../api/params';
import { useAsOf } from '../../lib/clock';
import { spanOf } from '../../lib/range';
import { useRawSearch, useView } from '../../lib/useView';
import { type Search, viewPart } from '../../lib/view';
import { EmptyState } from '../../ui/EmptyState';
import { PagedPanel } from '../../ui/PagedPanel';
import classes from './Audit.module.css';
import { AuditFilters } from './AuditFilters';
import { AuditRow } from './AuditRow';
import { type AuditFilter, parseAudit, writeAudit } from './auditSearch';
import { auditQuery } from './queries';
import { FORBIDDEN } from './words';

export function AuditLog({ keys }: { keys: ReadonlyMap<string, string> | undefined }) {
  const search = useRawSearch();
  const navigate = useNavigate();
  const view = useView();
  const asOf = useAsOf();
  const filter = parseAudit(search);
  const pages = useInfiniteQuery(auditQuery(filter, spanParams(spanOf(view.range, view.tz, asOf))));
  const entries = pages.data?.pages.flatMap(({ data }) => data);
  const setFilter = (next: AuditFilter) =>
    void navigate({
      to: '.',
      search: (old: Search) => ({ ...viewPart(old), ...writeAudit(next) }),
      resetScroll: false,
    });
  return (
    <PagedPanel
      title="Changes"
      count={entries?.length}
      pages={pages}
      more="Show older changes"
      loading="Loading changes"
      forbidden={FORBIDDEN}
      aside={<AuditFilters filter={filter} onChange={setFilter} keys={keys} />}
    >
      {entries?.length === 0 && (
        <EmptyState
          title="No changes in this range."
          action={
            Object.keys(filter).length > 0 && (
              <Button size="xs" variant="default" onClick={() => setFilter({})}>
                Clear filters
              </Button>
            )
          }
        />
      )}
      {entries && entries.length > 0 && (
        <ol className={classes.entries}>
          {entries.map((entry) => (
            <AuditRow key={entry.id} entry={entry} zone={view.tz} filter={filter} keys={keys} />
          ))}
        </ol>
      )}
    </PagedPanel>
  );
}
