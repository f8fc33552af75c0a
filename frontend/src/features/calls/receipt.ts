// The receipt of a call: tokens times rates, to the last digit. Pure; amounts are integer pico-USD.
import { parseUsd, toDecimal } from '../../lib/money';
import type { Call, Price } from './queries';

export interface ReceiptLine {
  name: string;
  tokens: number;
  /** USD per 1M tokens, as in the price book. */
  rate: string;
  amount: string;
}

export interface ReceiptFee {
  name: string;
  uses: number;
  amount: string | null;
}

export interface Receipt {
  lines: ReceiptLine[];
  fees: ReceiptFee[];
  /** Billed, but neither tokens at these rates nor a fee: audio, for example. Undefined if nothing is. */
  unexplained: string | undefined;
}

const PER = 1_000_000n;

/** Where a rate is missing, that of plain input applies. */
export function receiptOf(call: Call, price: Price): Receipt {
  const uncached = call.input_tokens - call.cached_tokens - call.cache_write_tokens;
  const buckets: [string, number, string][] = [
    ['Input', uncached, price.input],
    ['Cached input', call.cached_tokens, price.cached_input ?? price.input],
    ['Cache write', call.cache_write_tokens, price.cache_write ?? price.input],
    ['Output', call.output_tokens, price.output],
  ];
  const lines = buckets
    // Input and output always stand on a receipt; the others only if they were used.
    .filter(([name, tokens]) => tokens > 0 || name === 'Input' || name === 'Output')
    .map(([name, tokens, rate]) => ({ name, tokens, rate, amount: amountOf(tokens, rate) }));
  const fees = call.fees.map(({ tool, uses, cost_usd }) => ({
    name: tool,
    uses,
    amount: cost_usd,
  }));
  const explained = [...lines, ...fees].reduce(
    (sum, { amount }) => sum + (amount === null ? 0n : parseUsd(amount)),
    0n,
  );
  const rest = call.cost_usd === null ? 0n : parseUsd(call.cost_usd) - explained;
  return { lines, fees, unexplained: rest === 0n ? undefined : toDecimal(rest) };
}

/** Rates have six decimals at most, so a token costs whole pico-USD and nothing is rounded. */
function amountOf(tokens: number, rate: string): string {
  return toDecimal((BigInt(tokens) * parseUsd(rate)) / PER);
}
