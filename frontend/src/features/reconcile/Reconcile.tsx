// The last 92 days of the ledger against a provider: a strip, then the days that differ or all.
import { Button, SegmentedControl } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useRawSearch } from '../../lib/useView';
import { valuesOf } from '../../lib/view';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Instant } from '../../ui/Instant';
import { Notice } from '../../ui/Notice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { DayStrip } from './DayStrip';
import { DayTable } from './DayTable';
import { everyDay, fetchingText, lastDays } from './days';
import { ProviderSwitch } from './ProviderSwitch';
import { isReporting, REPORTING, type ReportingProvider } from './providers';
import { daysQuery, type Reconciliation } from './queries';
import classes from './Reconcile.module.css';
import { StatedCosts } from './StatedCosts';

const FORBIDDEN =
  'It needs the admin scope, or usage:read with a key that is not bound to a label.';

/** Days of the first view; the strip has all, and opens any. */
const FIRST = 31;

export function Reconcile() {
  const [days] = useState(() => lastDays(Date.now()));
  const [wanted = ''] = valuesOf(useRawSearch(), 'provider');
  const provider = isReporting(wanted) ? wanted : 'openai';
  const { data, error, isPending, refetch } = useQuery(daysQuery(provider, days));
  if (error && !data) {
    return <FailureNotice error={error} forbidden={FORBIDDEN} onRetry={() => void refetch()} />;
  }
  if (isPending || !data) {
    return (
      <Panel title="Last 92 days" aside={<ProviderSwitch provider={provider} />}>
        <SkeletonRows label="Loading days" rows={10} />
      </Panel>
    );
  }
  return (
    <>
      <Loaded key={provider} provider={provider} data={data} />
      <StatedCosts />
    </>
  );
}

function Loaded({ provider, data }: { provider: ReportingProvider; data: Reconciliation }) {
  const [show, setShow] = useState('all');
  const [opened, setOpened] = useState<string>();
  const days = useMemo(() => everyDay(data.rows, data.missing_days, data), [data]);
  const withRows = days.filter(({ row, state }) => row || state === 'not fetched').reverse();
  const differing = withRows.filter(({ state }) => state === 'explained' || state === 'open');
  const [isWhole, setIsWhole] = useState(false);
  const listed = show === 'all' ? withRows : differing;
  const shown = isWhole ? listed : listed.slice(0, FIRST);
  const note = fetchingText(data.fetching, provider);
  const toggle = (day: string) => setOpened((old) => (old === day ? undefined : day));
  return (
    <>
      {note && (
        <Notice tone="warn" isAlert={false} icon={<IconInfoCircle size={18} aria-hidden="true" />}>
          <span className={classes.text}>{note}</span>
        </Notice>
      )}
      <Panel
        title="Last 92 days"
        padded
        aside={<ProviderSwitch provider={provider} />}
        description={
          <>
            Calls of {REPORTING[provider].name}, in days of UTC as it counts them. Last fetched:{' '}
            {data.fetching.succeeded_at ? (
              <Instant at={data.fetching.succeeded_at} zone="UTC" as="minute" />
            ) : (
              'never'
            )}
            .
          </>
        }
      >
        <DayStrip
          days={days}
          onOpen={(day) => {
            setShow('all');
            setIsWhole(true);
            setOpened(day);
          }}
        />
      </Panel>
      <Panel
        title="Days"
        note="Difference: provider less ledger"
        aside={
          <SegmentedControl
            size="xs"
            aria-label="Show"
            value={show}
            onChange={setShow}
            data={[
              { value: 'all', label: 'All' },
              { value: 'differing', label: `With differences ${differing.length}` },
            ]}
          />
        }
        footer={
          shown.length < listed.length && (
            <Button size="xs" variant="default" onClick={() => setIsWhole(true)}>
              Show {listed.length - shown.length} more days
            </Button>
          )
        }
      >
        {shown.length === 0 ? (
          <EmptyState
            title={show === 'all' ? 'No calls in the last 92 days.' : 'No differences.'}
          />
        ) : (
          <DayTable provider={provider} days={shown} opened={opened} onToggle={toggle} />
        )}
      </Panel>
    </>
  );
}
