// What a key spends: totals of the range and the chart by model.
import { useQuery } from '@tanstack/react-query';
import { summaryParams, timeseriesParams } from '../../api/params';
import { slotsQuery } from '../../api/slots';
import { summaryQuery, timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { sumUsd } from '../../lib/money';
import { type Interval, intervalName, intervalOf, spanOf } from '../../lib/range';
import { usageChart } from '../../lib/usageChart';
import { useView } from '../../lib/useView';
import { cityOf } from '../../lib/zone';
import { UsageChartView } from '../../ui/chart/UsageChartView';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Money } from '../../ui/Money';
import { Panel } from '../../ui/Panel';
import { SkeletonChart } from '../../ui/Skeletons';
import { ViewLink } from '../../ui/ViewLink';
import classes from './KeyDetail.module.css';
import type { ApiKey } from './queries';

interface KeyUsageProps {
  apiKey: ApiKey;
  canOpen: (path: string) => boolean;
}

const HEIGHT = 200;

export function KeyUsage({ apiKey, canOpen }: KeyUsageProps) {
  const asOf = useAsOf();
  const view = { ...useView(), key: [apiKey.id] };
  const interval = intervalOf(spanOf(view.range, view.tz, asOf));
  const sums = useQuery(summaryQuery(summaryParams(view, asOf, { by: ['model'] })));
  const series = useQuery(
    timeseriesQuery(timeseriesParams(view, asOf, { by: 'model', interval, top: 8 })),
  );
  const owners = useQuery(slotsQuery('model'));
  const calls = (sums.data ?? []).reduce((sum, row) => sum + row.calls, 0);
  const withKey = (old: typeof view) => ({ ...old, key: [apiKey.id] });
  return (
    <Panel
      title={`Spend per ${intervalName(interval)}`}
      note={cityOf(view.tz)}
      padded
      aside={
        <>
          {canOpen('/calls') && (
            <ViewLink to="/calls" change={withKey} className={classes.open}>
              Calls
            </ViewLink>
          )}
          {canOpen('/explore') && (
            <ViewLink to="/explore" change={withKey} className={classes.open}>
              Explore
            </ViewLink>
          )}
        </>
      }
      description={
        calls > 0 && (
          <>
            <Money
              amount={sumUsd((sums.data ?? []).map(({ cost_usd: cost }) => cost))}
              unpriced={(sums.data ?? []).reduce((sum, row) => sum + row.unpriced_calls, 0)}
            />{' '}
            in {formatNumberOf(calls, 'call')}
          </>
        )
      }
    >
      {series.isError && !series.data ? (
        <FailureNotice
          error={series.error}
          forbidden="This key may not read usage."
          onRetry={() => void series.refetch()}
        />
      ) : !series.data || !sums.data ? (
        <SkeletonChart label="Loading spend over time" height={HEIGHT + 34} />
      ) : calls === 0 ? (
        <EmptyState title="No calls with this key in this range." />
      ) : (
        <UsageChartView
          chart={usageChart(series.data, { by: 'model', metric: 'spend' })}
          by="model"
          owners={owners.data ?? []}
          interval={series.data.interval as Interval}
          zone={series.data.tz}
          holdsNow={spanOf(view.range, view.tz, asOf).holdsNow}
          form="bars"
          height={HEIGHT}
          filtered={[]}
        />
      )}
    </Panel>
  );
}
