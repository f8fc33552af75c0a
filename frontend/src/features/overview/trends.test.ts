import { expect, test } from 'vitest';
import type { Timeseries } from '../../api/usage';
import { trendsOf } from './trends';

const point = (cost: string | null, calls: number) => ({
  cost_usd: cost,
  calls,
  failed_calls: 1,
  total_input_tokens: 10,
  total_output_tokens: 5,
});

test('each bucket is the sum of its groups, and calls without a price add nothing to spend', () => {
  const answer = {
    series: [
      { group: { model: 'a' }, points: [point('1.5', 2), point(null, 3)] },
      { group: { model: 'b' }, points: [point('0.000001', 4), point('2', 5)] },
    ],
  } as unknown as Timeseries;
  expect(trendsOf(answer)).toEqual({
    spend: [1_500_001, 2_000_000],
    calls: [6, 8],
    tokens: [30, 30],
    failed: [2, 2],
  });
});

test('without an answer there is no trend', () => {
  expect(trendsOf(undefined)).toBeUndefined();
});
