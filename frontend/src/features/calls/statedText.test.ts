import { expect, it } from 'vitest';
import { withReceipt } from './fixtures';
import type { CallWithReceipt } from './queries';
import { statedText } from './statedText';

type Upstream = CallWithReceipt['receipt']['upstream'];

const text = (upstream: Upstream, fields: Partial<CallWithReceipt> = {}) => {
  const call = withReceipt({ upstream: 'openrouter', ...fields });
  return statedText({ ...call, receipt: { ...call.receipt, upstream } });
};

const stated: NonNullable<Upstream> = {
  stated_usd: '0.00016',
  table_usd: '0.00015',
  difference_usd: '0.00001',
  is_billed: true,
};

it('says nothing where no cost is stated', () => {
  expect(text(null)).toBeUndefined();
});

it('compares a stated cost with the price, and says which is the cost', () => {
  expect(text(stated, { cost_source: 'upstream' })).toBe(
    'openrouter states $0.00016 for this answer, $0.00001 more than $0.00015 by its price. This is its cost, and no correction of prices changes it.',
  );
  const less = { ...stated, stated_usd: '0.00014', difference_usd: '-0.00001', is_billed: false };
  expect(text(less)).toBe(
    'openrouter states $0.00014 for this answer, $0.00001 less than $0.00015 by its price. The price decides its cost.',
  );
  expect(text({ ...stated, difference_usd: '0' })).toContain('exactly as by its price');
  const unpriced = { ...stated, table_usd: null, difference_usd: null };
  expect(text(unpriced)).toContain('there is no price to compare it with');
});

it('says where a cost was to be stated and was not', () => {
  expect(text(null, { cost_source: 'fallback' })).toBe(
    'openrouter states no cost for this answer, so the price decides it.',
  );
  expect(text(stated, { cost_source: 'fallback' })).toContain('The answer broke off');
});
