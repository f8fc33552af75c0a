// Spend over time by group, with the controls of the chart.
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import { isInReach, useCap } from '../../api/useCap';
import { useAsOf } from '../../lib/clock';
import { formatCompact } from '../../lib/format';
import type { KeyNames } from '../../lib/groups';
import { type Interval, intervalName, spanOf } from '../../lib/range';
import { usageChart } from '../../lib/usageChart';
import { useSetView, useView } from '../../lib/useView';
import { type FilterField, isListField, withFilter } from '../../lib/view';
import { cityOf, toLocal } from '../../lib/zone';
import type { ChartForm } from '../../ui/chart/layout';
import { UsageChartView } from '../../ui/chart/UsageChartView';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonChart } from '../../ui/Skeletons';
import { useZoom } from '../../ui/useZoom';
import classes from './SpendChart.module.css';
import { SpendTools } from './SpendTools';
import { FORBIDDEN } from './texts';

export interface SpendChartProps {
  series: UseQueryResult<Timeseries, Error>;
  interval: Interval | undefined;
  owners: readonly string[];
  by: Dim;
  dims: readonly Dim[];
  onBy: (dim: Dim) => void;
  keys: KeyNames | undefined;
  /** Groups that the rest adds up, where that is known. */
  others: number | undefined;
  height: number;
  canExplore: boolean;
}

export function SpendChart(props: SpendChartProps) {
  const { series, interval = 'day', height } = props;
  const view = useView();
  const [asTable, setAsTable] = useState(false);
  const [form, setForm] = useState<ChartForm>('bars');
  const zoom = useZoom();
  const unpriced = unpricedOf(series.data);
  return (
    <Panel
      title={`Spend per ${intervalName((series.data?.interval as Interval) ?? interval)}`}
      note={
        <>
          {cityOf(view.tz)}
          {unpriced > 0 && (
            <span className={classes.unpriced}> + {formatCompact(unpriced)} calls unpriced</span>
          )}
        </>
      }
      aside={
        <SpendTools
          {...props}
          form={form}
          onForm={setForm}
          asTable={asTable}
          onTable={setAsTable}
          onZoomOut={zoom.canReturn ? zoom.back : undefined}
        />
      }
      padded
    >
      {series.isError && !series.data ? (
        <FailureNotice
          error={series.error}
          forbidden={FORBIDDEN}
          onRetry={() => void series.refetch()}
        />
      ) : series.data ? (
        <Chart {...props} answer={series.data} form={form} asTable={asTable} zoom={zoom} />
      ) : (
        <SkeletonChart label="Loading spend over time" height={height + 34} />
      )}
    </Panel>
  );
}

interface ChartProps extends SpendChartProps {
  answer: Timeseries;
  form: ChartForm;
  asTable: boolean;
  zoom: ReturnType<typeof useZoom>;
}

function Chart({ answer, by, keys, others, owners, form, height, asTable, zoom }: ChartProps) {
  const view = useView();
  const setView = useSetView();
  const { holdsNow } = spanOf(view.range, view.tz, useAsOf());
  const field = by as FilterField;
  const chart = usageChart(answer, { by, metric: 'spend', keys, others });
  const cap = useCap(form === 'bars' ? answer.interval : undefined);
  return (
    <UsageChartView
      chart={chart}
      by={by}
      owners={owners}
      interval={answer.interval as Interval}
      zone={answer.tz}
      holdsNow={holdsNow}
      form={form}
      cap={cap && isInReach(cap, chart) ? cap : undefined}
      height={height}
      asTable={asTable}
      filtered={isListField(by) ? view[by] : []}
      onPick={(value, only) =>
        setView((old) =>
          withFilter(only && isListField(by) ? { ...old, [by]: [] } : old, { field, value }),
        )
      }
      onZoom={(from, to) => zoom.to({ from: toLocal(from, view.tz), to: toLocal(to, view.tz) })}
      onZoomOut={zoom.canReturn ? zoom.back : undefined}
    />
  );
}

const unpricedOf = (answer: Timeseries | undefined) =>
  (answer?.series ?? []).reduce(
    (sum, { points }) => sum + points.reduce((calls, point) => calls + point.unpriced_calls, 0),
    0,
  );
