// Corrections with their differences, and a button that undoes one.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount } from '../../lib/format';
import { useView } from '../../lib/useView';
import { type Column, DataTable } from '../../ui/DataTable';
import { FailureNotice } from '../../ui/FailureNotice';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import { ViewLink } from '../../ui/ViewLink';
import { pathOf } from './columns';
import { Difference } from './Difference';
import classes from './Prices.module.css';
import { type PriceRevision, revisionsQuery } from './queries';
import { FORBIDDEN } from './texts';
import { UndoDialog } from './UndoDialog';
import { lineText } from './words';

/** Of one model, or all. */
export function Corrections({ model }: { model?: string }) {
  const { tz } = useView();
  const revisions = useQuery(revisionsQuery);
  const [undoing, setUndoing] = useState<PriceRevision>();
  const rows = revisions.data?.data.filter((row) => model === undefined || row.model === model);
  return (
    <Panel
      title="Corrections"
      note={revisions.data?.next_cursor ? 'newest 200' : undefined}
      description="Billed amounts stay as they are. Choose “At current prices” in reports to see corrected ones."
    >
      {revisions.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={revisions.error}
            forbidden={FORBIDDEN}
            onRetry={() => void revisions.refetch()}
          />
        </div>
      )}
      {revisions.isPending && <SkeletonRows label="Loading corrections" rows={3} />}
      {rows?.length === 0 && <p className={classes.none}>No corrections yet.</p>}
      {rows && rows.length > 0 && (
        <DataTable
          caption="Corrections"
          columns={columnsOf(tz, setUndoing)}
          rows={rows}
          rowKey={({ id }) => String(id)}
        />
      )}
      {undoing && <UndoDialog revision={undoing} onClose={() => setUndoing(undefined)} />}
    </Panel>
  );
}

function columnsOf(zone: string, onUndo: (row: PriceRevision) => void): Column<PriceRevision>[] {
  return [
    {
      id: 'what',
      header: 'Correction',
      phone: 'title',
      cell: (row) => (
        <>
          #{row.id}{' '}
          <ViewLink to={pathOf(row.model)} className={classes.model}>
            {row.model}
          </ViewLink>{' '}
          <span className={classes.dimmed}>
            {row.undoes_id !== null
              ? `undoes #${row.undoes_id}`
              : lineText(row.service_tier, row.above_input_tokens)}
          </span>
        </>
      ),
    },
    {
      id: 'difference',
      header: 'Difference',
      align: 'end',
      phone: 'value',
      cell: ({ difference_usd: amount }) => <Difference amount={amount} />,
    },
    {
      id: 'calls',
      header: 'Calls changed',
      align: 'end',
      phoneUnit: ({ changed_calls: calls }) => (calls === 1 ? 'call changed' : 'calls changed'),
      cell: ({ changed_calls: calls }) => formatCount(calls),
    },
    {
      id: 'from',
      header: 'Price from',
      phone: 'hidden',
      cell: ({ effective_from: at }) => <Instant at={at} zone={zone} as="minute" />,
    },
    { id: 'status', header: 'Status', cell: (row) => <Status row={row} /> },
    {
      id: 'applied',
      header: 'Applied',
      cell: ({ applied_at: at }) => <Instant at={at} zone={zone} as="minute" />,
    },
    {
      id: 'undo',
      header: 'Action',
      align: 'end',
      cell: (row) =>
        row.status === 'applied' && row.undoes_id === null ? (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Undo correction ${row.id}`}
            onClick={() => onUndo(row)}
          >
            Undo
          </Button>
        ) : null,
    },
  ];
}

const TONES: Readonly<Record<string, Tone>> = { pending: 'pending', applied: 'ok' };

function Status({ row: { status, undone_by_id: by } }: { row: PriceRevision }) {
  const title = status === 'pending' ? 'Being written. Reports do not show it yet.' : undefined;
  return (
    <StatusBadge tone={TONES[status] ?? 'neutral'} title={title}>
      {status}
      {by !== null && ` by #${by}`}
    </StatusBadge>
  );
}
