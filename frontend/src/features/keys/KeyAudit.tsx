// Who changed this key, newest first.
import { useQuery } from '@tanstack/react-query';
import { useView } from '../../lib/useView';
import { auditValue } from '../../ui/auditValue';
import { FailureNotice } from '../../ui/FailureNotice';
import { FieldDiff } from '../../ui/FieldDiff';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { KEY_FIELDS } from './draft';
import classes from './KeyDetail.module.css';
import { type ApiKey, keyAuditQuery } from './queries';
import { FORBIDDEN } from './texts';

const VERBS: Readonly<Record<string, string>> = {
  create: 'created the key',
  update: 'changed the key',
  rotate: 'rotated the secret',
  revoke: 'revoked the key',
};

export function KeyAudit({ apiKey }: { apiKey: ApiKey }) {
  const { tz } = useView();
  const audit = useQuery(keyAuditQuery(apiKey.id));
  const entries = audit.data?.data;
  return (
    <Panel title="Changes" note={audit.data?.next_cursor ? 'newest 20' : undefined}>
      {audit.isError && !entries && (
        <FailureNotice
          error={audit.error}
          forbidden={FORBIDDEN}
          onRetry={() => void audit.refetch()}
        />
      )}
      {audit.isPending && <SkeletonRows label="Loading changes" rows={2} />}
      {entries?.length === 0 && <p className={classes.empty}>No changes yet.</p>}
      <ol className={classes.entries}>
        {entries?.map((entry) => (
          <li key={entry.id} className={classes.entry}>
            <Instant at={entry.at} as="minute" zone={tz} />
            <div>
              <p className={classes.none}>
                <span className={classes.who}>{entry.actor_name}</span>{' '}
                {VERBS[entry.action] ?? entry.action}
              </p>
              {entry.before && entry.after && (
                <FieldDiff
                  before={entry.before}
                  after={entry.after}
                  names={KEY_FIELDS}
                  format={(value, field) => auditValue(value, field, entry, tz)}
                />
              )}
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
