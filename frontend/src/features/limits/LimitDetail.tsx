// One limit: its usage now and in earlier windows, its subjects, its events.
import type { KeyNames } from '../../lib/groups';
import { useView } from '../../lib/useView';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import type { Limit } from './draft';
import { hasUnbounded } from './draft';
import classes from './LimitDetail.module.css';
import { LimitEvents } from './LimitEvents';
import { LimitHistory } from './LimitHistory';
import { LimitRow } from './LimitRow';
import { LimitWindows } from './LimitWindows';
import { UNBOUNDED } from './words';

interface LimitDetailProps {
  limit: Limit;
  keys: KeyNames | undefined;
}

export function LimitDetail({ limit, keys }: LimitDetailProps) {
  const isEach = limit.windows !== null;
  return (
    <>
      <Panel title="Now" padded>
        <LimitRow limit={limit} keys={keys} />
        <Facts limit={limit} keys={keys} />
      </Panel>
      {isEach ? <LimitWindows limit={limit} keys={keys} /> : <LimitHistory limit={limit} />}
      <LimitEvents limitId={limit.id} keys={keys} />
    </>
  );
}

function Facts({ limit, keys }: LimitDetailProps) {
  const { tz } = useView();
  const by = limit.created_by;
  return (
    <dl className={classes.facts}>
      <dt>When reached</dt>
      <dd>
        {limit.mode === 'hard'
          ? 'further calls are refused'
          : 'targets are notified; no call is refused'}
      </dd>
      {hasUnbounded(limit) && (
        <>
          <dt>Calls without a maximum of output tokens</dt>
          <dd>
            {UNBOUNDED[limit.unbounded].name}. {UNBOUNDED[limit.unbounded].text}
          </dd>
        </>
      )}
      <dt>Time zone</dt>
      <dd>{limit.time_zone.replaceAll('_', ' ')}</dd>
      <dt>Created</dt>
      <dd>
        <Instant at={limit.created_at} as="minute" zone={tz} />
        {by && ` by ${keys?.get(by) ?? `key …${by.slice(-6)}`}`}
      </dd>
      {limit.updated_at !== limit.created_at && (
        <>
          <dt>Changed</dt>
          <dd>
            <Instant at={limit.updated_at} as="minute" zone={tz} />
          </dd>
        </>
      )}
    </dl>
  );
}
