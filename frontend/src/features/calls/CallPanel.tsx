// One call: its cost and receipt, its timing, its details.
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/errors';
import { CopyButton } from '../../ui/CopyButton';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { SidePanel } from '../../ui/SidePanel';
import { SkeletonRows } from '../../ui/Skeletons';
import { CallFacts } from './CallFacts';
import classes from './CallPanel.module.css';
import { CallSummary } from './CallSummary';
import { callQuery } from './queries';
import { Receipt } from './Receipt';
import { Timeline } from './Timeline';

interface CallPanelProps {
  id: string;
  keyName: (id: string) => string;
  onClose: () => void;
}

export function CallPanel({ id, keyName, onClose }: CallPanelProps) {
  const query = useQuery(callQuery(id, 'billed'));
  const { data: call } = query;
  const isUnknown = query.error instanceof ApiError && query.error.status === 404;
  return (
    <SidePanel
      title={<span className="mono">{`${id.slice(0, 13)}…`}</span>}
      label={`Call ${id}`}
      tools={<CopyButton value={id} label="Copy call id" />}
      onClose={onClose}
    >
      {query.isPending && <SkeletonRows label="Loading the call" />}
      {isUnknown && (
        <EmptyState title="No such call, or your key may not see it.">
          Calls past retention are kept as sums only.
        </EmptyState>
      )}
      {query.isError && !isUnknown && (
        <FailureNotice
          error={query.error}
          forbidden="This key may not read calls."
          onRetry={() => void query.refetch()}
        />
      )}
      {call && (
        <div className={classes.parts}>
          <CallSummary call={call} />
          <Receipt call={call} />
          <Timeline call={call} />
          <CallFacts call={call} keyName={keyName} />
        </div>
      )}
    </SidePanel>
  );
}
