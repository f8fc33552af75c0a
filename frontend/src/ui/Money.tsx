// An exact amount. Padding zeros are dimmed; an unknown price shows as "unpriced", never as zero.
import { decimalsOf, formatUsd, type UsdAmount } from '../lib/money';
import classes from './Money.module.css';

export function Money({ amount, decimals }: { amount: UsdAmount; decimals?: number }) {
  if (amount == null) return <span className={classes.unpriced}>{formatUsd(amount)}</span>;
  const padding = Math.max(0, (decimals ?? 0) - decimalsOf(amount));
  return (
    <span className={classes.amount}>
      {formatUsd(amount)}
      {padding > 0 && <span className={classes.padding}>{'0'.repeat(padding)}</span>}
    </span>
  );
}
