// The chart of Explore: the metric over time, one colour a group.
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import type { KeyNames } from '../../lib/groups';
import type { Interval } from '../../lib/range';
import { usageChart } from '../../lib/usageChart';
import { useSetView, useView } from '../../lib/useView';
import { type FilterField, type View, withFilter } from '../../lib/view';
import { toLocal } from '../../lib/zone';
import { UsageChartView } from '../../ui/chart/UsageChartView';
import type { useZoom } from '../../ui/useZoom';
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

/** Endpoints and states cannot be filtered by. */
export const isFilter = (dim: Dim): dim is FilterField & Dim =>
  dim === 'label' || dim === 'model' || dim === 'key' || dim.startsWith('tag.');

export function filteredBy(view: View, dim: Dim): readonly string[] {
  if (dim === 'label' || dim === 'model' || dim === 'key') return view[dim];
  return dim.startsWith('tag.') ? (view.tag[dim.slice(4)] ?? []) : [];
}

/** Only this value of a dimension. */
export function withOnly(view: View, dim: FilterField, value: string): View {
  if (dim.startsWith('tag.')) return { ...view, tag: { ...view.tag, [dim.slice(4)]: [value] } };
  return { ...view, [dim]: [value] };
}

export function ExploreChart(props: ExploreChartProps) {
  const { answer, state, owners, keys, others, holdsNow, zoom } = props;
  const { by, metric } = state;
  const view = useView();
  const setView = useSetView();
  const pick = (value: string, only: boolean) => {
    if (!isFilter(by)) return;
    setView((old) => (only ? withOnly(old, by, value) : withFilter(old, { field: by, value })));
  };
  return (
    <UsageChartView
      chart={usageChart(answer, { by, metric, keys, others, cumulative: isCumulative(state) })}
      by={by}
      owners={owners}
      interval={answer.interval as Interval}
      zone={answer.tz}
      holdsNow={holdsNow}
      form={drawnForm(state)}
      height={props.height}
      asTable={props.asTable}
      cap={props.cap}
      marks={props.marks}
      filtered={filteredBy(view, by)}
      onPick={isFilter(by) ? pick : undefined}
      onZoom={(from, to) => zoom.to({ from: toLocal(from, view.tz), to: toLocal(to, view.tz) })}
      onZoomOut={zoom.canReturn ? zoom.back : undefined}
    />
  );
}
