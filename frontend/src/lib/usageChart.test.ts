import { describe, expect, it } from 'vitest';
import type { Timeseries } from '../api/usage';
import { formatTick } from './metrics';
import { chartSentence, usageChart } from './usageChart';

const point = (start: string, cost: string | null, calls: number, unpriced = 0) => ({
  start,
  total_input_tokens: 10 * calls,
  total_output_tokens: calls,
  total_cached_tokens: 0,
  total_reasoning_tokens: 0,
  calls,
  failed_calls: 0,
  estimated_calls: 0,
  unpriced_calls: unpriced,
  cost_usd: cost,
  latency_p50_ms: null,
  latency_p95_ms: calls === 0 ? null : 1500,
});

const [D1, D2] = ['2026-11-24T23:00:00.000000Z', '2026-11-25T23:00:00.000000Z'];

const ANSWER: Timeseries = {
  interval: 'day',
  tz: 'Europe/Berlin',
  from: D1,
  to: '2026-11-26T10:00:00Z',
  series: [
    { group: { model: 'a' }, is_other: false, points: [point(D1, '0.1', 1), point(D2, '0.2', 2)] },
    {
      group: { model: null },
      is_other: false,
      points: [point(D1, null, 0), point(D2, null, 3, 3)],
    },
    { group: {}, is_other: true, points: [point(D1, '0.000000000001', 1), point(D2, '0', 0)] },
  ],
};

const chart = (metric: 'spend' | 'calls' | 'latency', cumulative = false) =>
  usageChart(ANSWER, { by: 'model', metric, others: 2, cumulative });

describe('usageChart', () => {
  it('adds money exactly, unknown prices left out', () => {
    const spend = chart('spend');
    expect(spend.series.map(({ name }) => name)).toEqual(['a', 'No model', '2 others']);
    expect(spend.series.map(({ total }) => total)).toEqual([300_000_000_000n, null, 1n]);
    expect(spend.total).toBe(300_000_000_001n);
    expect(spend.valueText(1, 1)).toBe('unpriced');
    expect(spend.totalText?.(1)).toBe('$0.20');
    expect(spend.unpriced).toEqual([0, 3]);
    expect(spend.notes(1)).toEqual(['unpriced 3']);
  });

  it('runs up sums where asked', () => {
    const calls = chart('calls', true);
    expect(calls.series[0]?.values).toEqual([1, 3]);
    expect(calls.totalText?.(1)).toBe('7');
    expect(calls.series[0]?.total).toBe(3n);
  });

  it('percentiles have neither total nor share', () => {
    const latency = chart('latency');
    expect(latency.totalText).toBeUndefined();
    expect(latency.total).toBeNull();
    expect(latency.valueText(1, 0)).toBe('–');
    expect(latency.valueText(0, 0)).toBe('1.5 s');
  });

  it('says itself in a sentence', () => {
    const options = { by: 'Model', interval: 'day', zone: 'Europe/Berlin' } as const;
    expect(chartSentence(chart('calls'), options)).toBe(
      'Calls per day by model, 25 Nov to 26 Nov, total 7, highest 26 Nov with 5',
    );
    expect(
      chartSentence(
        usageChart({ ...ANSWER, series: [] }, { by: 'model', metric: 'calls' }),
        options,
      ),
    ).toBe('Calls per day by model, no data');
    expect(chartSentence(chart('calls'), { ...options, interval: '15m' })).toMatch(
      /^Calls per 15 minutes by model/,
    );
  });
});

it('ticks of one axis have equal decimals', () => {
  const ticks = [0, 0.2, 0.8, 1].map((tick) => formatTick(tick, 'spend', 0.2));
  expect(ticks).toEqual(['$0', '$0.20', '$0.80', '$1.00']);
});

it('ticks of money are as short as they can be', () => {
  const ticks = [0, 2, 1500, 250_000, 0.5, 0.05, 0.0002, 0.30000000000000004];
  expect(ticks.map((tick) => formatTick(tick, 'spend'))).toEqual([
    '$0',
    '$2',
    '$1,500',
    '$250k',
    '$0.50',
    '$0.05',
    '$0.0002',
    '$0.30',
  ]);
});
