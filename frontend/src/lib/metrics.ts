// What a chart or table can show of the sums of calls: how to add it, write it and draw it.
import type { components } from '../api/schema.gen';
import { formatCompact, formatCount, formatDuration } from './format';
import { formatMoney, parseUsd, sumUsd, toDecimal } from './money';

export type Sums = components['schemas']['Sums'];

export const METRICS = {
  spend: 'Spend',
  calls: 'Calls',
  input: 'Input tokens',
  output: 'Output tokens',
  cached: 'Cached tokens',
  reasoning: 'Reasoning tokens',
  failed: 'Failed calls',
  latency: 'Latency p95',
} as const;

export type Metric = keyof typeof METRICS;

export const isMetric = (text: string): text is Metric => Object.hasOwn(METRICS, text);

const FIELDS = {
  calls: 'calls',
  input: 'total_input_tokens',
  output: 'total_output_tokens',
  cached: 'total_cached_tokens',
  reasoning: 'total_reasoning_tokens',
  failed: 'failed_calls',
} as const satisfies Partial<Record<Metric, keyof Sums>>;

/** Percentiles cannot be added, so they have neither stack, share nor total. */
export const isAdditive = (metric: Metric): boolean => metric !== 'latency';

/** Whole units that add up exactly: pico-USD, calls, tokens. Null where nothing is known. */
export function exactValue(sums: Sums, metric: Metric): bigint | null {
  if (metric === 'spend') return sums.cost_usd == null ? null : parseUsd(sums.cost_usd);
  if (metric === 'latency') return null;
  return BigInt(sums[FIELDS[metric]]);
}

/** For drawing alone: a float has digits enough for pixels. */
export function plotValue(sums: Sums, metric: Metric): number | null {
  if (metric === 'spend') return sums.cost_usd == null ? null : Number(sums.cost_usd);
  if (metric === 'latency') return sums.latency_p95_ms;
  return sums[FIELDS[metric]];
}

export function formatExact(value: bigint | null, metric: Metric, full = false): string {
  if (value === null) return metric === 'spend' ? 'unpriced' : '–';
  if (metric === 'spend') return formatMoney(toDecimal(value), full ? 'exact' : 'headline');
  return full ? formatCount(Number(value)) : formatCompact(Number(value));
}

export function formatMetric(sums: Sums, metric: Metric): string {
  if (metric === 'latency') return formatDuration(sums.latency_p95_ms);
  if (metric === 'spend' && sums.calls === 0) return formatMoney('0');
  return formatExact(exactValue(sums, metric), metric);
}

/** Of an axis whose ticks are `step` apart: as short as it can be, with equal decimals. */
export function formatTick(value: number, metric: Metric, step = value): string {
  if (metric === 'spend') return moneyTick(value, step);
  if (metric === 'latency') return timeTick(value);
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
