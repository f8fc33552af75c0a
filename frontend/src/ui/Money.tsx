// An amount in USD. An unknown price shows as "unpriced", never as zero; the title holds all digits.
import { formatCompact } from '../lib/format';
import { formatMoney, type MoneyMode, type UsdAmount } from '../lib/money';
import classes from './Money.module.css';
import { useHighlight } from './useHighlight';

interface MoneyProps {
  amount: UsdAmount;
  /** `headline` by default; `exact` for receipts; a number of decimals for columns. */
  mode?: MoneyMode;
  /** Calls that the amount leaves out: said after it. */
  unpriced?: number;
  /** The amount is an upper bound. */
  estimated?: boolean;
}

const BOUND = 'Upper bound: the provider did not report all token counts.';

export function Money({ amount, mode = 'headline', unpriced = 0, estimated }: MoneyProps) {
  const ref = useHighlight<HTMLSpanElement>(amount ?? '');
  if (amount == null) return <span className={classes.unpriced}>unpriced</span>;
  const text = formatMoney(amount, mode);
  const exact = formatMoney(amount, 'exact');
  const title = [text === exact ? '' : exact, estimated ? BOUND : ''].filter(Boolean).join(' · ');
  return (
    <>
      <span
        ref={ref}
        className={classes.amount}
        data-estimated={estimated || undefined}
        title={title || undefined}
      >
        {estimated && '≤\u00a0'}
        {text}
      </span>
      {unpriced > 0 && (
        <span className={classes.unpriced}> + {formatCompact(unpriced)} unpriced</span>
      )}
    </>
  );
}
