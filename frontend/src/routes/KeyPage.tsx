// One key: `/keys/key_…`.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ApiError } from '../api/errors';
import { Page } from '../features/frame/Page';
import { KeyActions } from '../features/keys/KeyActions';
import { KeyDetail } from '../features/keys/KeyDetail';
import { keyQuery } from '../features/keys/queries';
import { FORBIDDEN } from '../features/keys/texts';
import { BackLink } from '../ui/BackLink';
import { EmptyState } from '../ui/EmptyState';
import { FailureNotice } from '../ui/FailureNotice';
import { Panel } from '../ui/Panel';
import { SkeletonRows } from '../ui/Skeletons';
import { useCanOpen } from './useCanOpen';

export function KeyPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const canOpen = useCanOpen();
  const { data, error, isPending, refetch } = useQuery(keyQuery(id));
  const apiKey = data?.value;
  const isUnknown = error instanceof ApiError && error.status === 404;
  return (
    <Page
      title={apiKey?.name ?? 'Key'}
      tab={`Keys · ${apiKey?.name ?? 'Key'}`}
      filters={apiKey ? ['range', 'cost'] : []}
      actions={apiKey && <KeyActions apiKey={apiKey} />}
    >
      <BackLink to="/keys">All keys</BackLink>
      {isUnknown ? (
        <Panel title="Not found">
          <EmptyState title="No such key, or your key may not see it." />
        </Panel>
      ) : (
        error && (
          <FailureNotice error={error} forbidden={FORBIDDEN} onRetry={() => void refetch()} />
        )
      )}
      {isPending && (
        <Panel title="Key">
          <SkeletonRows label="Loading the key" />
        </Panel>
      )}
      {apiKey && <KeyDetail apiKey={apiKey} canOpen={canOpen} />}
    </Page>
  );
}
