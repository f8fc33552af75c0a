// A time series of the API as what a chart needs: buckets, series to draw, exact texts, one sentence.
import type { Dim } from '../api/params';
import type { Timeseries } from '../api/usage';
import { formatCompact, formatDay } from './format';
import { groupId, groupName, groupValue, type KeyNames, othersName } from './groups';
import {
  addExact,
  exactValue,
  formatExact,
  formatMetric,
  isAdditive,
  METRICS,
  type Metric,
  plotValue,
} from './metrics';
import { type Interval, intervalName } from './range';

export interface UsageSeries {
  id: string;
  /** Null for calls without a value, and for the rest. */
  value: string | null;
  name: string;
  isOther: boolean;
  /** To draw. */
  values: (number | null)[];
  /** Of all buckets; null where nothing is known or nothing can be added. */
  total: bigint | null;
  /** Calls that its spend leaves out. */
  unpriced: number;
}

export interface UsageChart {
  metric: Metric;
  /** Milliseconds. */
  starts: number[];
  from: number;
  to: number;
  series: UsageSeries[];
  unpriced: number[];
  valueText: (series: number, bucket: number) => string;
  /** Absent for percentiles. */
  totalText?: (bucket: number) => string;
  notes: (bucket: number) => string[];
  /** Sums of all series, for sparklines. */
  bucketTotals: (bigint | null)[];
  total: bigint | null;
  /** To draw; undefined for percentiles. */
  totalLine: (number | null)[] | undefined;
}

interface ChartOptions {
  by: Dim;
  metric: Metric;
  keys?: KeyNames;
  /** Groups without a series of their own. */
  others?: number;
  cumulative?: boolean;
}

export function usageChart(answer: Timeseries, options: ChartOptions): UsageChart {
  const { by, metric, keys, others, cumulative } = options;
  const { series } = answer;
  const starts = (series[0]?.points ?? []).map(({ start }) => Date.parse(start));
  const exact = series.map(({ points }) => points.map((point) => exactValue(point, metric)));
  const running = exact.map((values) => runningSums(values));
  const column = (bucket: number, of: (bigint | null)[][]) =>
    addExact(of.map((values) => values[bucket] ?? null));
  const count = (bucket: number, field: 'unpriced_calls' | 'estimated_calls') =>
    series.reduce((sum, { points }) => sum + (points[bucket]?.[field] ?? 0), 0);
  const shown = cumulative ? running : exact;
  const bucketTotals = starts.map((_, bucket) => column(bucket, exact));
  return {
    metric,
    starts,
    from: Date.parse(answer.from),
    to: Date.parse(answer.to),
    series: series.map(({ group, is_other: isOther, points }, index) => {
      const value = isOther ? null : groupValue(group, by);
      return {
        id: isOther ? 'other' : groupId(value),
        value,
        name: isOther ? othersName(others) : groupName(by, value, group, keys),
        isOther,
        values: cumulative
          ? (running[index] ?? []).map((sum) => toFloat(sum, metric))
          : points.map((point) => plotValue(point, metric)),
        total: addExact(exact[index] ?? []),
        unpriced: points.reduce((sum, { unpriced_calls: calls }) => sum + calls, 0),
      };
    }),
    unpriced: metric === 'spend' ? starts.map((_, bucket) => count(bucket, 'unpriced_calls')) : [],
    valueText: (index, bucket) => {
      if (cumulative) return formatExact(shown[index]?.[bucket] ?? null, metric);
      const point = series[index]?.points[bucket];
      return point ? formatMetric(point, metric) : '–';
    },
    totalText: isAdditive(metric)
      ? (bucket) => formatExact(column(bucket, shown) ?? 0n, metric)
      : undefined,
    notes: (bucket) =>
      (['unpriced_calls', 'estimated_calls'] as const)
        .map((field) => [field.replace('_calls', ''), count(bucket, field)] as const)
        .filter(([name, calls]) => calls > 0 && (name === 'estimated' || metric === 'spend'))
        .map(([name, calls]) => `${name} ${formatCompact(calls)}`),
    bucketTotals,
    total: addExact(bucketTotals),
    totalLine: isAdditive(metric)
      ? starts.map((_, bucket) => toFloat(column(bucket, shown), metric))
      : undefined,
  };
}

function runningSums(values: (bigint | null)[]): (bigint | null)[] {
  let sum = 0n;
  return values.map((value) => {
    sum += value ?? 0n;
    return sum;
  });
}

/** For drawing alone. */
const toFloat = (value: bigint | null, metric: Metric): number | null =>
  value === null ? null : metric === 'spend' ? Number(value) / 1e12 : Number(value);

interface SentenceOptions {
  by: string;
  interval: Interval;
  zone: string;
}

/** `Spend per day by model, 31 Oct to 29 Nov, total $105.70, highest 25 Nov with $5.11`. */
export function chartSentence(chart: UsageChart, { by, interval, zone }: SentenceOptions): string {
  const { starts, metric, total, bucketTotals, series } = chart;
  const [first, last] = [starts[0], starts.at(-1)];
  const title = `${METRICS[metric]} per ${intervalName(interval)} by ${by.toLowerCase()}`;
  if (first === undefined || last === undefined) return `${title}, no data`;
  // The year is said where the range does not end in it.
  const day = (start: number) => formatDay(start, zone, chart.to);
  const range = `${day(first)} to ${day(last)}`;
  if (!isAdditive(metric)) return `${title}, ${range}, ${series.length} lines`;
  let highest = 0;
  bucketTotals.forEach((value, bucket) => {
    if ((value ?? 0n) > (bucketTotals[highest] ?? 0n)) highest = bucket;
  });
  const top = formatExact(bucketTotals[highest] ?? 0n, metric);
  const at = day(starts[highest] ?? first);
  return `${title}, ${range}, total ${formatExact(total ?? 0n, metric)}, highest ${at} with ${top}`;
}
