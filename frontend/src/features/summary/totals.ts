// Totals of a summary. Latency quantiles cannot be added, so they have none.
import { sumUsd } from '../../lib/money';
import type { SummaryRow } from './queries';

const SUMMED_FIELDS = [
  'calls',
  'failed_calls',
  'estimated_calls',
  'unpriced_calls',
  'total_input_tokens',
  'total_cached_tokens',
  'total_output_tokens',
  'total_reasoning_tokens',
] as const satisfies readonly (keyof SummaryRow)[];

export type Totals = Record<(typeof SUMMED_FIELDS)[number], number> & {
  /** Cost of the priced calls; null if no call has a price. */
  cost_usd: string | null;
};

export function totalsOf(rows: readonly SummaryRow[]): Totals {
  const sums = Object.fromEntries(
    SUMMED_FIELDS.map((field) => [field, rows.reduce((sum, row) => sum + row[field], 0)]),
  ) as Record<(typeof SUMMED_FIELDS)[number], number>;
  return { ...sums, cost_usd: sumUsd(rows.map((row) => row.cost_usd)) };
}
