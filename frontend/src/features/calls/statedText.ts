// What an upstream says that its answer costs, in words.
import { formatMoney, parseUsd } from '../../lib/money';
import type { CallWithReceipt } from './queries';

export function statedText(call: CallWithReceipt): string | undefined {
  const name = call.upstream ?? call.provider;
  const stated = call.receipt.upstream;
  if (!stated) {
    return call.cost_source === 'fallback'
      ? `${name} states no cost for this answer, so the price decides it.`
      : undefined;
  }
  const exact = (amount: string) => formatMoney(amount, 'exact');
  const begin = `${name} states ${exact(stated.stated_usd)} for this answer`;
  const end = {
    upstream: 'This is its cost, and no correction of prices changes it.',
    fallback: 'The answer broke off, so the price decides its cost.',
    table: 'The price decides its cost.',
  }[call.cost_source];
  return `${begin}${comparedText(stated, exact)}. ${end}`;
}

type Stated = NonNullable<CallWithReceipt['receipt']['upstream']>;

function comparedText(
  { table_usd: table, difference_usd: difference }: Stated,
  exact: (amount: string) => string,
): string {
  if (table === null || difference === null) return '; there is no price to compare it with';
  const more = parseUsd(difference);
  if (more === 0n) return ', exactly as by its price';
  const by = exact(difference.replace('-', ''));
  return `, ${by} ${more > 0n ? 'more' : 'less'} than ${exact(table)} by its price`;
}
