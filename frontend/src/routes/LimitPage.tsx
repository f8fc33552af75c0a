// One limit: `/limits/lim_…`.
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { ApiError } from '../api/errors';
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { LimitActions } from '../features/limits/LimitActions';
import { LimitDetail } from '../features/limits/LimitDetail';
import { limitQuery } from '../features/limits/queries';
import { FORBIDDEN } from '../features/limits/texts';
import { whatText } from '../features/limits/words';
import { subjectName, subjectTitle } from '../lib/budgets';
import { viewPart } from '../lib/view';
import { BackLink } from '../ui/BackLink';
import { EmptyState } from '../ui/EmptyState';
import { FailureNotice } from '../ui/FailureNotice';
import { Panel } from '../ui/Panel';
import { SkeletonRows } from '../ui/Skeletons';
import { administers } from './pages';
import { useKeyNames } from './useKeyNames';

export function LimitPage() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const { me } = useFrame();
  const keys = useKeyNames();
  const navigate = useNavigate();
  const { data, error, isPending, refetch } = useQuery(limitQuery(id));
  const limit = data?.value;
  const title = limit
    ? `${subjectTitle(subjectName(limit.subject, keys))} · ${whatText(limit)}`
    : 'Limit';
  const isUnknown = error instanceof ApiError && error.status === 404;
  const leave = () => void navigate({ to: '/limits', search: viewPart });
  return (
    <Page
      title={title}
      tab={`Limits · ${title}`}
      actions={
        limit && administers(me) && <LimitActions id={limit.id} keys={keys} onDeleted={leave} />
      }
    >
      <BackLink to="/limits">All limits</BackLink>
      {isUnknown ? (
        <Panel title="Not found">
          <EmptyState title="No such limit, or your key may not see it." />
        </Panel>
      ) : (
        error &&
        !limit && (
          <FailureNotice error={error} forbidden={FORBIDDEN} onRetry={() => void refetch()} />
        )
      )}
      {isPending && (
        <Panel title="Limit">
          <SkeletonRows label="Loading the limit" />
        </Panel>
      )}
      {limit && !isUnknown && <LimitDetail limit={limit} keys={keys} />}
    </Page>
  );
}
