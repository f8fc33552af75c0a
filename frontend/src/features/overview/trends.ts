// The small lines beside the headline figures: sums of the series on screen, so no further request.
import type { Timeseries } from '../../api/usage';
import { parseUsd } from '../../lib/money';

export interface KpiTrends {
  spend: number[];
  calls: number[];
  tokens: number[];
  failed: number[];
}

type Point = Timeseries['series'][number]['points'][number];

/** A line is drawn in pixels: micro-dollars are exact enough. */
const MICRO = 1_000_000n;
const spendOf = ({ cost_usd: cost }: Point) => (cost == null ? 0 : Number(parseUsd(cost) / MICRO));

export function trendsOf(answer: Timeseries | undefined): KpiTrends | undefined {
  if (!answer) return undefined;
  const buckets = answer.series[0]?.points.length ?? 0;
  const sums = (of: (point: Point) => number) =>
    Array.from({ length: buckets }, (_, bucket) =>
      answer.series.reduce((sum, { points }) => {
        const point = points[bucket];
        return sum + (point ? of(point) : 0);
      }, 0),
    );
  return {
    spend: sums(spendOf),
    calls: sums((point) => point.calls),
    tokens: sums((point) => point.total_input_tokens + point.total_output_tokens),
    failed: sums((point) => point.failed_calls),
  };
}
