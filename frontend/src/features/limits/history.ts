// Earlier windows of a limit, as a chart: one bar each, the cap as a line.
import type { TimeseriesParams } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import { formatAmount, limitUnits } from '../../lib/budgets';
import { formatCompact } from '../../lib/format';
import { formatTick } from '../../lib/metrics';
import { addDays, dateOf, toInstant, toLocal } from '../../lib/zone';
import { type Bucket, bucketsOf } from '../../ui/chart/buckets';
import type { ChartMark } from '../../ui/chart/TimeChart';
import { isDayWindow, moveWindows, unitsOfPoint, windowStart } from './backtest';
import type { Limit } from './draft';
import { filterOf } from './preview';
import type { LimitEvent } from './queries';

/** How many windows the chart shows. */
const SHOWN = { hour: 72, day: 42, week: 26, month: 12 } as const;

export type ChartWindow = keyof typeof SHOWN;

export const hasHistory = ({ metric, window, windows }: Limit): boolean =>
  metric !== 'concurrency' && windows === null && (isDayWindow(window) || window === 'hour');

/** Undefined for limits whose windows have no calendar. */
export function historyParams(limit: Limit, now: number): TimeseriesParams | undefined {
  if (!hasHistory(limit)) return undefined;
  const { window, time_zone: zone, subject } = limit;
  return {
    from: new Date(historyStart(window as ChartWindow, zone, now)).toISOString(),
    to: new Date(now).toISOString(),
    interval: window as ChartWindow,
    tz: zone,
    group_by: 'model',
    top: 0,
    ...filterOf(subject.kind, subject.id ?? ''),
  };
}

function historyStart(window: ChartWindow, zone: string, now: number): number {
  const today = dateOf(toLocal(now, zone));
  if (window === 'hour') return toInstant(addDays(today, -SHOWN.hour / 24), zone);
  return toInstant(moveWindows(windowStart(today, window), window, 1 - SHOWN[window]), zone);
}

export interface History {
  buckets: Bucket[];
  values: number[];
  valueText: (series: number, bucket: number) => string;
  tick: (value: number) => string;
  cap: { value: number; text: string };
  /** How many windows used more than is allowed now. */
  passed: number;
  unpriced: number[];
}

export function historyOf(answer: Timeseries, limit: Limit): History {
  const { metric, window, time_zone: zone, amount } = limit;
  const points = answer.series[0]?.points ?? [];
  const scale = metric === 'usd' ? 1e12 : 1;
  const units = points.map((point) => unitsOfPoint(point, metric));
  const buckets = bucketsOf(
    points.map(({ start }) => Date.parse(start)),
    {
      interval: window as ChartWindow,
      zone,
      from: Date.parse(answer.from),
      to: Date.parse(answer.to),
      holdsNow: true,
    },
  );
  const values = units.map((value) => Number(value) / scale);
  const cap = Number(amount);
  return {
    buckets,
    values,
    valueText: (_, bucket) => formatAmount(units[bucket] ?? 0n, metric),
    tick: (value) => (metric === 'usd' ? formatTick(value, 'spend') : formatCompact(value)),
    cap: { value: cap, text: formatAmount(limitUnits(amount, metric), metric) },
    passed: values.filter((value) => value > cap).length,
    unpriced: metric === 'usd' ? points.map((point) => point.unpriced_calls) : [],
  };
}

/** Windows with a refusal. */
export function refusalMarks(
  events: readonly LimitEvent[],
  buckets: readonly Bucket[],
): ChartMark[] {
  return events
    .filter(({ kind }) => kind === 'refused')
    .map(({ occurred_at: at }) => Date.parse(at))
    .map((at) => buckets.findIndex(({ start, end }) => at >= start && at < end))
    .filter((bucket) => bucket >= 0)
    .map((bucket) => ({ bucket, symbol: '▲' as const, text: 'refused calls' }));
}
