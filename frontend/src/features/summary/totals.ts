// Sums over the rows of a summary. Latency quantiles have no sum, so they have no total.
import { sumUsd } from '../../lib/money';
import type { SummaryRow } from './queries';

const ADDED_UP = [
  'calls',
  'failed_calls',
  'estimated_calls',
  'unpriced_calls',
  'total_input_tokens',
  'total_cached_tokens',
  'total_output_tokens',
  'total_reasoning_tokens',
] as const satisfies readonly (keyof SummaryRow)[];

export type Totals = Record<(typeof ADDED_UP)[number], number> & {
  /** The priced part; null when no call has a price. */
  cost_usd: string | null;
};

export function totalsOf(rows: readonly SummaryRow[]): Totals {
  const sums = Object.fromEntries(
    ADDED_UP.map((field) => [field, rows.reduce((sum, row) => sum + row[field], 0)]),
  ) as Record<(typeof ADDED_UP)[number], number>;
  return { ...sums, cost_usd: sumUsd(rows.map((row) => row.cost_usd)) };
}
