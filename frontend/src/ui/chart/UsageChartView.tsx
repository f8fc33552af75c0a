// A chart of usage with its legend, or the same figures as a table.
import { useCallback, useMemo, useState } from 'react';
import type { Dim } from '../../api/params';
import { dimName } from '../../lib/groups';
import { formatExact, formatTick, isAdditive, METRICS, type Metric } from '../../lib/metrics';
import { chartSentence, type UsageChart } from '../../lib/usageChart';
import { type Bucket, type BucketInterval, bucketsOf } from './buckets';
import { ChartTable } from './ChartTable';
import { coloursOf, OTHER_COLOUR, TOTAL_COLOUR } from './colours';
import { Legend } from './Legend';
import type { ChartForm } from './layout';
import { type ChartMark, TimeChart } from './TimeChart';
import classes from './UsageChartView.module.css';

interface UsageChartViewProps {
  chart: UsageChart;
  by: Dim;
  /** Groups that own the colours, largest first. */
  owners: readonly string[];
  interval: BucketInterval;
  zone: string;
  holdsNow: boolean;
  form: ChartForm;
  height: number;
  asTable?: boolean;
  /** Values that the view is filtered by. */
  filtered: readonly string[];
  marks?: (buckets: readonly Bucket[]) => ChartMark[];
  cap?: { value: number; text: string };
  onPick?: (value: string, only: boolean) => void;
  onZoom?: (from: number, to: number) => void;
  onZoomOut?: () => void;
}

export function UsageChartView(props: UsageChartViewProps) {
  const { chart, by, owners, interval, zone, holdsNow, form, filtered, onPick, onZoom } = props;
  const { metric } = chart;
  const [isolated, setIsolated] = useState<string>();
  const buckets = useMemo(
    () => bucketsOf(chart.starts, { interval, zone, from: chart.from, to: chart.to, holdsNow }),
    [chart, interval, zone, holdsNow],
  );
  const series = useMemo(() => {
    const groups = chart.series.filter(({ isOther }) => !isOther).map(({ id }) => id);
    const colours = coloursOf(owners, groups);
    return chart.series.map((one) => ({ ...one, color: colours.get(one.id) ?? OTHER_COLOUR }));
  }, [chart, owners]);
  const groupValueOf = (id: string) => chart.series.find((one) => one.id === id)?.value ?? null;
  // Calls without a value cannot be filtered by.
  const pick =
    onPick &&
    ((id: string, only: boolean) => {
      const value = groupValueOf(id);
      if (value !== null) onPick(value, only);
    });
  const tick = useCallback(
    (value: number, step: number) =>
      form === 'share' ? `${Math.round(value * 100)} %` : formatTick(value, metric, step),
    [form, metric],
  );
  const totalLine = useMemo(
    () => (form === 'lines' && chart.series.length > 1 ? chart.totalLine : undefined),
    [form, chart],
  );
  const marks = useMemo(() => props.marks?.(buckets), [props.marks, buckets]);
  const sentence = chartSentence(chart, { by: dimName(by), interval, zone });

  return (
    <div className={classes.view}>
      {props.asTable ? (
        <ChartTable
          caption={sentence}
          buckets={buckets}
          series={series}
          valueText={chart.valueText}
          totalText={chart.totalText}
          height={props.height}
        />
      ) : (
        <TimeChart
          label={sentence}
          buckets={buckets}
          series={series}
          form={form}
          interval={interval}
          zone={zone}
          height={props.height}
          formatTick={tick}
          valueText={chart.valueText}
          totalText={chart.totalText}
          notes={chart.notes}
          unpriced={chart.unpriced}
          marks={marks}
          cap={props.cap}
          totalLine={totalLine}
          isolated={isolated}
          onPick={pick}
          onZoom={onZoom && ((first, last) => onZoom(first.start, last.end))}
          onZoomOut={props.onZoomOut}
        />
      )}
      <Legend
        label={`${METRICS[metric]} by ${dimName(by).toLowerCase()}`}
        entries={[
          ...series.map(({ id, name, color, isOther, total, unpriced, value }) => ({
            id,
            name,
            color,
            isOther,
            amount: amountText(total, unpriced, metric),
            isPressed: value !== null && filtered.includes(value),
            isPlain: value === null,
          })),
          ...(totalLine
            ? [
                {
                  id: 'total',
                  name: 'Total',
                  color: TOTAL_COLOUR,
                  amount: formatExact(chart.total, metric),
                  isPlain: true,
                },
              ]
            : []),
        ]}
        onIsolate={setIsolated}
        onPick={pick}
      />
    </div>
  );
}

/** Calls without a price cost something unknown, not nothing. */
function amountText(total: bigint | null, unpriced: number, metric: Metric): string {
  if (!isAdditive(metric)) return '';
  return metric === 'spend' && unpriced > 0 && !total ? 'unpriced' : formatExact(total, metric);
}
