// The start page: what was spent, by whom, on what, and what needs attention.
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Dim } from '../../api/params';
import { keysQuery, type Me, type Timeseries } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatNumberOf } from '../../lib/format';
import { usageChart } from '../../lib/usageChart';
import { useView } from '../../lib/useView';
import { FailureNotice } from '../../ui/FailureNotice';
import { ViewLink } from '../../ui/ViewLink';
import { Attention } from './Attention';
import { Budgets } from './Budgets';
import { EmptyRange } from './EmptyRange';
import { FirstCall } from './FirstCall';
import { Kpis } from './Kpis';
import { noticesOf } from './notices';
import classes from './Overview.module.css';
import { Ranking } from './Ranking';
import { SpendChart } from './SpendChart';
import { FORBIDDEN } from './texts';
import { trendsOf } from './trends';
import { useBudgets } from './useBudgets';
import { useGroups, useSeries, useTotals, useUnpricedModels } from './useReports';

interface OverviewProps {
  me: Me;
  /** Whether the key may open a page, and the page exists. */
  canOpen: (path: string) => boolean;
}

export function Overview({ me, canOpen }: OverviewProps) {
  const totals = useTotals();
  const phone = useMediaQuery('(max-width: 43.74em)', false, { getInitialValueInEffect: false });
  const isBound = me.user_label !== null;
  const dims: readonly [Dim, ...Dim[]] = isBound ? ['model', 'key'] : ['model', 'label', 'key'];
  const [by, setBy] = useState<Dim>('model');
  const { series, interval, owners, top } = useSeries(by);
  const groups = useGroups(by);
  const isAdmin = me.scopes.includes('admin');
  const keyList = useQuery({ ...keysQuery, enabled: isAdmin }).data?.data;
  const keys = useMemo(
    () => keyList && new Map(keyList.map(({ id, name }) => [id, name])),
    [keyList],
  );
  const budgets = useBudgets(keys);
  const notices = useNotices({ totals, by, series: series.data, budgets, keyList });

  if (totals.now.isError && !totals.now.data) {
    return (
      <FailureNotice
        error={totals.now.error}
        forbidden={FORBIDDEN}
        onRetry={() => void totals.now.refetch()}
      />
    );
  }
  const isEmpty = totals.row?.calls === 0;
  const colours = { by, owners };
  const shared = { keys, colours, canExplore: canOpen('/explore') };
  return (
    <div className={classes.page}>
      <Kpis
        row={totals.row}
        before={totals.before}
        trends={trendsOf(series.data)}
        canOpen={canOpen}
      />
      {isEmpty ? (
        <EmptyRange firstCall={<FirstCall canOpenPlayground={canOpen('/playground')} />} />
      ) : (
        <SpendChart
          series={series}
          interval={interval}
          owners={owners}
          by={by}
          dims={dims}
          onBy={setBy}
          keys={keys}
          others={groups.now.data && Math.max(0, groups.now.data.length - top)}
          height={phone ? 200 : 290}
          canExplore={canOpen('/explore')}
        />
      )}
      <Attention notices={notices} canOpen={canOpen} />
      <div className={classes.columns}>
        {phone ? (
          <Ranking {...shared} dims={isBound ? ['model', 'key'] : ['label', 'model', 'key']} />
        ) : (
          <>
            <Ranking {...shared} dims={isBound ? ['key'] : ['label', 'key']} />
            <Ranking {...shared} dims={['model']} />
          </>
        )}
        <Budgets
          budgets={budgets}
          canOpenLimits={canOpen('/limits')}
          footer={
            keyList &&
            canOpen('/keys') && (
              <ViewLink to="/keys" className={classes.link}>
                {keyList.filter(({ status }) => status === 'active').length} of{' '}
                {formatNumberOf(keyList.length, 'key')} active
              </ViewLink>
            )
          }
        />
      </div>
    </div>
  );
}

interface NoticeInput {
  totals: ReturnType<typeof useTotals>;
  by: Dim;
  series: Timeseries | undefined;
  budgets: ReturnType<typeof useBudgets>;
  keyList: Parameters<typeof noticesOf>[0]['keys'] | undefined;
}

function useNotices({ totals, by, series, budgets, keyList }: NoticeInput) {
  const models = useUnpricedModels();
  const { tz } = useView();
  return noticesOf({
    budgets: budgets.limits ?? [],
    models,
    now: totals.row,
    before: totals.before,
    by,
    chart: series && usageChart(series, { by, metric: 'spend' }),
    interval: series?.interval,
    keys: keyList ?? [],
    zone: tz,
    at: useAsOf(),
  });
}
