import { expect, it } from 'vitest';
import { summaryRow } from '../../test/api';
import { totalsOf } from './totals';

it('sums every additive column', () => {
  const totals = totalsOf([
    summaryRow({ calls: 2, failed_calls: 1, total_input_tokens: 10, total_cached_tokens: 4 }),
    summaryRow({ calls: 3, estimated_calls: 1, total_output_tokens: 7, total_reasoning_tokens: 5 }),
  ]);
  expect(totals).toMatchObject({
    calls: 5,
    failed_calls: 1,
    estimated_calls: 1,
    total_input_tokens: 110,
    total_cached_tokens: 4,
    total_output_tokens: 27,
    total_reasoning_tokens: 5,
  });
});

it('sums priced calls and counts unpriced calls separately', () => {
  const totals = totalsOf([
    summaryRow({ cost_usd: '0.000000000001' }),
    summaryRow({ cost_usd: '7.5', unpriced_calls: 2 }),
    summaryRow({ cost_usd: null, unpriced_calls: 3 }),
  ]);
  expect(totals).toMatchObject({ cost_usd: '7.500000000001', unpriced_calls: 5 });
});

it('has no cost if no call is priced', () => {
  expect(totalsOf([summaryRow({ cost_usd: null, unpriced_calls: 1 })]).cost_usd).toBeNull();
});
