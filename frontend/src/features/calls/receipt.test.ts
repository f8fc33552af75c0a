import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseUsd, sumUsd } from '../../lib/money';
import { call, price } from './fixtures';
import { receiptOf } from './receipt';

it('adds up to the cost, each bucket at its own rate', () => {
  const billed = call({
    input_tokens: 3485,
    cached_tokens: 1000,
    cache_write_tokens: 100,
    output_tokens: 1110,
    cost_usd: '0.0207025',
  });
  const { lines, unexplained } = receiptOf(
    billed,
    price({ input: '2.5', cached_input: '0.25', cache_write: '3.125', output: '12.5' }),
  );
  expect(lines).toEqual([
    { name: 'Input', tokens: 2385, rate: '2.5', amount: '0.0059625' },
    { name: 'Cached input', tokens: 1000, rate: '0.25', amount: '0.00025' },
    { name: 'Cache write', tokens: 100, rate: '3.125', amount: '0.0003125' },
    { name: 'Output', tokens: 1110, rate: '12.5', amount: '0.013875' },
  ]);
  expect(unexplained).toBe('0.0003025');
});

it('charges cached input at the rate of input where it has none of its own', () => {
  const billed = call({
    input_tokens: 10,
    cached_tokens: 4,
    output_tokens: 0,
    cost_usd: '0.00002',
  });
  const receipt = receiptOf(billed, price({ input: '2', cached_input: null }));
  expect(receipt.lines.map(({ rate }) => rate)).toEqual(['2', '2', '10']);
  expect(receipt.unexplained).toBeUndefined();
});

it('counts fees of built-in tools', () => {
  const fees = [{ tool: 'web_search', uses: 2, cost_usd: '0.02' }];
  const billed = call({ input_tokens: 0, output_tokens: 0, cost_usd: '0.02', fees });
  expect(receiptOf(billed, price()).unexplained).toBeUndefined();
});

it('never loses a digit', () => {
  const rate = fc.integer({ min: 0, max: 10 ** 9 }).map((n) => (n / 1e6).toFixed(6));
  const tokens = fc.integer({ min: 0, max: 10 ** 9 });
  fc.assert(
    fc.property(tokens, tokens, rate, rate, (input_tokens, output_tokens, input, output) => {
      const { lines } = receiptOf(
        call({ input_tokens, output_tokens, cost_usd: null }),
        price({ input, output }),
      );
      const exact =
        BigInt(input_tokens) * parseUsd(input) + BigInt(output_tokens) * parseUsd(output);
      const sum = sumUsd(lines.map(({ amount }) => amount)) ?? '0';
      expect(parseUsd(sum) * 1_000_000n).toBe(exact);
    }),
  );
});
