// The summary in its four states: loading, empty, failed, full.
import { Skeleton } from '@mantine/core';
import type { SortingState } from '@tanstack/react-table';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { useSummary } from './queries';
import classes from './SummaryPanel.module.css';
import { SummaryTable } from './SummaryTable';
import { totalsOf } from './totals';

interface SummaryPanelProps {
  sorting: SortingState;
  onSort: (sorting: SortingState) => void;
}

export function SummaryPanel(props: SummaryPanelProps) {
  return (
    <Panel
      title="Usage by model and label"
      description="In this range, including the most recent settled call."
    >
      <SummaryBody {...props} />
    </Panel>
  );
}

function SummaryBody({ sorting, onSort }: SummaryPanelProps) {
  const summary = useSummary();
  if (summary.isPending) return <LoadingRows />;
  return (
    <>
      {summary.isError && (
        <div className={classes.notice}>
          <FailureNotice
            error={summary.error}
            forbidden="This key lacks the usage:read scope. Ask an administrator for one that has it. Sending chats may still work."
            onRetry={() => void summary.refetch()}
          />
        </div>
      )}
      {summary.data?.length === 0 && <Empty />}
      {summary.data && summary.data.length > 0 && (
        <SummaryTable
          rows={summary.data}
          totals={totalsOf(summary.data)}
          sorting={sorting}
          onSort={onSort}
        />
      )}
    </>
  );
}

function LoadingRows() {
  return (
    <div className={classes.loading} role="status" aria-label="Loading usage">
      {['a', 'b', 'c', 'd'].map((row) => (
        <Skeleton key={row} height={14} />
      ))}
    </div>
  );
}

function Empty() {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>No calls yet</p>
      <p>Send a chat above or point an application at this API. Every call appears here.</p>
    </div>
  );
}
