// The chart of Explore: the metric over time, one colour a group.
import type { Timeseries } from '../../api/usage';
import { isInReach } from '../../api/useCap';
import type { KeyNames } from '../../lib/groups';
import type { Interval } from '../../lib/range';
import { usageChart } from '../../lib/usageChart';
import { useSetView, useView } from '../../lib/useView';
import { withFilter } from '../../lib/view';
import { toLocal } from '../../lib/zone';
import { UsageChartView } from '../../ui/chart/UsageChartView';
import type { useZoom } from '../../ui/useZoom';
import { filteredBy, isFilter, withOnly } from './dims';
import { drawnForm, type ExploreState, isCumulative } from './state';
import type { useMarks } from './useMarks';

interface ExploreChartProps {
  answer: Timeseries;
  state: ExploreState;
  owners: readonly string[];
  keys: KeyNames | undefined;
  others: number | undefined;
  holdsNow: boolean;
  height: number;
  asTable: boolean;
  cap?: { value: number; text: string };
  marks: ReturnType<typeof useMarks>;
  zoom: ReturnType<typeof useZoom>;
}

export function ExploreChart(props: ExploreChartProps) {
  const { answer, state, owners, keys, others, holdsNow, cap, zoom } = props;
  const { by, metric } = state;
  const view = useView();
  const setView = useSetView();
  const chart = usageChart(answer, { by, metric, keys, others, cumulative: isCumulative(state) });
  const pick = (value: string, only: boolean) => {
    if (!isFilter(by)) return;
    setView((old) => (only ? withOnly(old, by, value) : withFilter(old, { field: by, value })));
  };
  return (
    <UsageChartView
      chart={chart}
      by={by}
      owners={owners}
      interval={answer.interval as Interval}
      zone={answer.tz}
      holdsNow={holdsNow}
      form={drawnForm(state)}
      height={props.height}
      asTable={props.asTable}
      cap={cap && (isCumulative(state) || isInReach(cap, chart)) ? cap : undefined}
      marks={props.marks}
      filtered={filteredBy(view, by)}
      onPick={isFilter(by) ? pick : undefined}
      onZoom={(from, to) => zoom.to({ from: toLocal(from, view.tz), to: toLocal(to, view.tz) })}
      onZoomOut={zoom.canReturn ? zoom.back : undefined}
    />
  );
}
