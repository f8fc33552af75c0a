// The sentence that says what is shown: spend by model then label per day, top 8, as bars.
import { Checkbox, NativeSelect, SegmentedControl } from '@mantine/core';
import {
  isAdditive,
  METRICS,
  type Metric,
  PERCENTILES,
  type Percentile,
  TIMES,
  type TimeKind,
  timeMetric,
  timeOf,
} from '../../lib/metrics';
import { INTERVALS, type Interval } from '../../lib/range';
import classes from './Controls.module.css';
import { DimSelect } from './DimSelect';
import { drawnForm, type ExploreState, type Form, TOPS, type Top } from './state';

interface ControlsProps {
  state: ExploreState;
  onChange: (change: Partial<ExploreState>) => void;
  interval: Interval | undefined;
  fitting: Interval | undefined;
  allows: (interval: Interval) => boolean;
  /** Tags that the view filters by or a group uses. */
  tags: readonly string[];
  isBound: boolean;
}

const INTERVAL_NAMES: Record<Interval, string> = {
  '15m': '15 minutes',
  hour: 'Hour',
  day: 'Day',
  week: 'Week',
  month: 'Month',
};

export function Controls(props: ControlsProps) {
  const { state, onChange, interval, allows } = props;
  const canStack = isAdditive(state.metric);
  return (
    <div className={classes.controls}>
      <MetricSelect metric={state.metric} onMetric={(metric) => onChange({ metric })} />
      <span className={classes.word}>by</span>
      <DimSelect
        {...props}
        label="Group by"
        value={state.by}
        onDim={(by) => by && onChange({ by, sub: state.sub === by ? undefined : state.sub })}
      />
      <span className={classes.word}>then</span>
      <DimSelect
        {...props}
        label="Then by"
        value={state.sub}
        none="nothing"
        except={state.by}
        onDim={(sub) => onChange({ sub })}
      />
      <span className={classes.word}>per</span>
      <NativeSelect
        size="xs"
        aria-label="Interval"
        value={interval ?? 'day'}
        data={INTERVALS.map((value) => ({
          value,
          label: allows(value)
            ? INTERVAL_NAMES[value]
            : `${INTERVAL_NAMES[value]} (range too long)`,
          disabled: !allows(value),
        }))}
        onChange={({ currentTarget }) => {
          const next = currentTarget.value as Interval;
          onChange({ interval: next === props.fitting ? undefined : next });
        }}
      />
      <span className={classes.word}>top</span>
      <NativeSelect
        size="xs"
        aria-label="Groups in the chart"
        value={String(state.top)}
        data={TOPS.map(String)}
        onChange={({ currentTarget }) => onChange({ top: Number(currentTarget.value) as Top })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Form"
        value={drawnForm(state)}
        disabled={!canStack || state.cumulative}
        onChange={(as) => onChange({ as: as as Form })}
        data={[
          { value: 'bars', label: 'Bars' },
          { value: 'lines', label: 'Lines' },
          { value: 'share', label: 'Share' },
        ]}
      />
      <Checkbox
        size="xs"
        label="Cumulative"
        checked={state.cumulative && canStack}
        disabled={!canStack}
        onChange={({ currentTarget }) => onChange({ cumulative: currentTarget.checked })}
      />
    </div>
  );
}

const SUM_METRICS = (Object.keys(METRICS) as Metric[]).filter(isAdditive);
const METRIC_OPTIONS = [
  ...SUM_METRICS.map((value) => ({ value, label: METRICS[value] })),
  ...Object.entries(TIMES).map(([value, label]) => ({ value, label })),
];

interface MetricSelectProps {
  metric: Metric;
  onMetric: (metric: Metric) => void;
}

/** Times have a percentile beside their name, which stays from one time to another. */
function MetricSelect({ metric, onMetric }: MetricSelectProps) {
  const time = timeOf(metric);
  return (
    <div className={classes.metric}>
      <NativeSelect
        size="xs"
        aria-label="Metric"
        value={time?.kind ?? metric}
        data={METRIC_OPTIONS}
        onChange={({ currentTarget: { value } }) =>
          onMetric(
            Object.hasOwn(TIMES, value)
              ? timeMetric(value as TimeKind, time?.percentile ?? 'p95')
              : (value as Metric),
          )
        }
      />
      {time && (
        <NativeSelect
          size="xs"
          aria-label="Percentile"
          value={time.percentile}
          data={[...PERCENTILES]}
          onChange={({ currentTarget }) =>
            onMetric(timeMetric(time.kind, currentTarget.value as Percentile))
          }
        />
      )}
    </div>
  );
}
