// Thresholds reached and first refusals, each with its deliveries.
import { useQuery } from '@tanstack/react-query';
import { formatAmount, limitUnits, subjectName } from '../../lib/budgets';
import type { KeyNames } from '../../lib/groups';
import { useView } from '../../lib/useView';
import { type Column, DataTable } from '../../ui/DataTable';
import { FailureNotice } from '../../ui/FailureNotice';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import { ViewLink } from '../../ui/ViewLink';
import classes from './LimitDetail.module.css';
import linkClasses from './LimitList.module.css';
import { eventsQuery, type LimitEvent } from './queries';
import { FORBIDDEN } from './texts';
import { amountText, whatText } from './words';

interface LimitEventsProps {
  /** Absent: those of all limits. */
  limitId?: string;
  keys: KeyNames | undefined;
}

const SHOWN = 50;

export function LimitEvents({ limitId, keys }: LimitEventsProps) {
  const { tz } = useView();
  const events = useQuery(eventsQuery(limitId, SHOWN));
  const rows = events.data?.data.toSorted(newestFirst);
  const columns = columnsOf(tz, limitId === undefined, keys);
  return (
    <Panel
      title="Events"
      note={events.data?.next_cursor ? `newest ${SHOWN}` : undefined}
      description="At 50, 80 and 100 % of the amount and at the first refusal, once in each window."
    >
      {events.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={events.error}
            forbidden={FORBIDDEN}
            onRetry={() => void events.refetch()}
          />
        </div>
      )}
      {events.isPending && <SkeletonRows label="Loading events" rows={3} />}
      {rows?.length === 0 && <p className={classes.none}>No events yet.</p>}
      {rows && rows.length > 0 && (
        <DataTable caption="Events" columns={columns} rows={rows} rowKey={({ id }) => id} />
      )}
    </Panel>
  );
}

/** They are listed in the order in which they were noted, which can be later than they happened. */
const newestFirst = (left: LimitEvent, right: LimitEvent) =>
  Date.parse(right.occurred_at) - Date.parse(left.occurred_at);

function columnsOf(
  zone: string,
  hasLimit: boolean,
  keys: KeyNames | undefined,
): Column<LimitEvent>[] {
  const limit: Column<LimitEvent> = {
    id: 'limit',
    header: 'Limit',
    cell: (event) => (
      <ViewLink to={`/limits/${event.limit_id}`} className={linkClasses.name}>
        {subjectName(event.subject, keys)}{' '}
        <span className={classes.dimmed}>· {whatText(event)}</span>
      </ViewLink>
    ),
  };
  const subject: Column<LimitEvent> = {
    id: 'subject',
    header: 'Subject',
    cell: (event) => subjectName(event.subject, keys),
  };
  return [
    {
      id: 'what',
      header: 'What',
      phone: 'title',
      cell: (event) => <What event={event} />,
    },
    {
      id: 'at',
      header: 'When',
      phone: 'value',
      cell: ({ occurred_at: at }) => <Instant at={at} zone={zone} />,
    },
    hasLimit ? limit : subject,
    {
      id: 'used',
      header: 'Used then',
      align: 'end',
      cell: ({ used, amount, metric }) =>
        `${formatAmount(limitUnits(used, metric), metric)} of ${amountText(amount, metric)}`,
    },
    {
      id: 'deliveries',
      header: 'Delivered to',
      cell: ({ deliveries }) => <Deliveries deliveries={deliveries} />,
    },
  ];
}

function What({ event }: { event: LimitEvent }) {
  if (event.kind === 'refused') return <StatusBadge tone="bad">first refusal</StatusBadge>;
  const percent = event.threshold_percent ?? 0;
  const tone: Tone = percent >= 100 ? 'bad' : percent >= 80 ? 'warn' : 'neutral';
  return <StatusBadge tone={tone}>{percent} % reached</StatusBadge>;
}

const TONES = { delivered: 'ok', pending: 'pending', failed: 'bad' } as const;

function Deliveries({ deliveries }: Pick<LimitEvent, 'deliveries'>) {
  if (deliveries.length === 0) return <span className={classes.dimmed}>no targets configured</span>;
  return (
    <span className={classes.deliveries}>
      {deliveries.map(({ target, status, attempts, last_error: error }) => (
        <span key={target}>
          <StatusBadge tone={TONES[status]}>
            {target} {status}
            {attempts > 1 && `, ${attempts} attempts`}
          </StatusBadge>
          {error && status !== 'delivered' && <span className={classes.error}>{error}</span>}
        </span>
      ))}
    </span>
  );
}
