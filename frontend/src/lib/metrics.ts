// What a chart or table can show of the sums of calls: how to add it, write it and draw it.
import type { components } from '../api/schema.gen';
import { formatCompact, formatCount, formatDuration } from './format';
import { formatMoney, parseUsd, sumUsd, toDecimal } from './money';

/** `details` only where they were asked for. */
export type Sums = components['schemas']['Sums'] & {
  details?: components['schemas']['Details'] | null;
};

const SUM_NAMES = {
  spend: 'Spend',
  calls: 'Calls',
  input: 'Input tokens',
  output: 'Output tokens',
  cached: 'Cached tokens',
  reasoning: 'Reasoning tokens',
  failed: 'Failed calls',
} as const;

/** Times of a call, of which percentiles are known. */
export const TIMES = {
  latency: 'Latency',
  'first-byte': 'First byte',
  overhead: 'Our overhead',
} as const;

export const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const;

export type TimeKind = keyof typeof TIMES;
export type Percentile = (typeof PERCENTILES)[number];
type SumMetric = keyof typeof SUM_NAMES;
/** Without a percentile it is the 95th. */
type TimeMetric = TimeKind | `${TimeKind}-${Exclude<Percentile, 'p95'>}`;
export type Metric = SumMetric | TimeMetric;

export const timeMetric = (kind: TimeKind, percentile: Percentile): TimeMetric =>
  percentile === 'p95' ? kind : `${kind}-${percentile}`;

const TIME_METRICS = (Object.keys(TIMES) as TimeKind[]).flatMap((kind) =>
  PERCENTILES.map((percentile) => ({ kind, percentile, metric: timeMetric(kind, percentile) })),
);

export const METRICS = {
  ...SUM_NAMES,
  ...Object.fromEntries(
    TIME_METRICS.map(({ kind, percentile, metric }) => [metric, `${TIMES[kind]} ${percentile}`]),
  ),
} as Readonly<Record<Metric, string>>;

export const isMetric = (text: string): text is Metric => Object.hasOwn(METRICS, text);

/** The time and the percentile of a metric; undefined for sums. */
export const timeOf = (metric: Metric) => TIME_METRICS.find((time) => time.metric === metric);

/** Milliseconds; null where no call has a time, and for sums. */
export function timeValue(sums: Sums, metric: Metric): number | null {
  const time = timeOf(metric);
  if (!time) return null;
  const details = sums.details?.[`${time.kind === 'first-byte' ? 'first_byte' : time.kind}_ms`];
  if (details) return details[time.percentile];
  if (metric === 'latency') return sums.latency_p95_ms;
  return metric === 'latency-p50' ? sums.latency_p50_ms : null;
}

const FIELDS = {
  calls: 'calls',
  input: 'total_input_tokens',
  output: 'total_output_tokens',
  cached: 'total_cached_tokens',
  reasoning: 'total_reasoning_tokens',
  failed: 'failed_calls',
} as const satisfies Record<Exclude<SumMetric, 'spend'>, keyof Sums>;

/** Percentiles cannot be added, so they have neither stack, share nor total. */
export const isAdditive = (metric: Metric): metric is SumMetric => Object.hasOwn(SUM_NAMES, metric);

/** Whole units that add up exactly: pico-USD, calls, tokens. Null where nothing is known. */
export function exactValue(sums: Sums, metric: Metric): bigint | null {
  if (metric === 'spend') return sums.cost_usd == null ? null : parseUsd(sums.cost_usd);
  return isAdditive(metric) ? BigInt(sums[FIELDS[metric]]) : null;
}

/** For drawing alone: a float has digits enough for pixels. */
export function plotValue(sums: Sums, metric: Metric): number | null {
  if (metric === 'spend') return sums.cost_usd == null ? null : Number(sums.cost_usd);
  return isAdditive(metric) ? sums[FIELDS[metric]] : timeValue(sums, metric);
}

export function formatExact(value: bigint | null, metric: Metric, full = false): string {
  if (value === null) return metric === 'spend' ? 'unpriced' : '–';
  if (metric === 'spend') return formatMoney(toDecimal(value), full ? 'exact' : 'headline');
  return full ? formatCount(Number(value)) : formatCompact(Number(value));
}

export function formatMetric(sums: Sums, metric: Metric): string {
  if (!isAdditive(metric)) return formatDuration(timeValue(sums, metric));
  if (metric === 'spend' && sums.calls === 0) return formatMoney('0');
  return formatExact(exactValue(sums, metric), metric);
}

/** Of an axis whose ticks are `step` apart: as short as it can be, with equal decimals. */
export function formatTick(value: number, metric: Metric, step = value): string {
  if (metric === 'spend') return moneyTick(value, step);
  if (!isAdditive(metric)) return timeTick(value);
  return formatCompact(value);
}

/** Whole seconds stay whole: `80 s`, not `80.0 s`. */
function timeTick(ms: number): string {
  if (ms === 0) return '0';
  return ms < 1000 ? `${ms} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

function moneyTick(value: number, step: number): string {
  if (value >= 100_000) return `$${Number((value / 1000).toFixed(1)).toLocaleString('en-US')}k`;
  if (value === 0) return '$0';
  // Ticks are round numbers: a few digits hold their step, but floats add noise.
  const [, fraction = ''] = Number(step.toPrecision(3)).toFixed(12).replace(/0+$/, '').split('.');
  const decimals = fraction === '' ? 0 : Math.max(2, fraction.length);
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return `$${value.toLocaleString('en-US', digits)}`;
}

/** Adds the known values; null if none is known. */
export function addExact(values: Iterable<bigint | null>): bigint | null {
  let sum: bigint | null = null;
  for (const value of values) {
    if (value !== null) sum = (sum ?? 0n) + value;
  }
  return sum;
}

const COUNTS = [
  'calls',
  'failed_calls',
  'estimated_calls',
  'unpriced_calls',
  'total_input_tokens',
  'total_output_tokens',
  'total_cached_tokens',
  'total_reasoning_tokens',
] as const satisfies readonly (keyof Sums)[];

/** Percentiles of a sum are unknown: they cannot be added. */
export function addSums(rows: readonly Sums[]): Sums {
  const counts = Object.fromEntries(
    COUNTS.map((field) => [field, rows.reduce((sum, row) => sum + row[field], 0)]),
  ) as Record<(typeof COUNTS)[number], number>;
  const cost = rows.length === 0 ? '0' : sumUsd(rows.map((row) => row.cost_usd));
  return { ...counts, cost_usd: cost, latency_p50_ms: null, latency_p95_ms: null };
}
