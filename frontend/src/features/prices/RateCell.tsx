// One rate of a price. A rate of its own is exact; else the rate that applies instead is shown dimmed.
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { formatMoney } from '../../lib/money';
import { fallbackOf, RATE_NAMES, type Rate, trendOf } from './book';
import classes from './Prices.module.css';
import type { Price } from './queries';

interface RateCellProps {
  price: Price | undefined;
  /** The row that it followed, to mark what went up or down. */
  before?: Price;
  rate: Rate;
}

export function RateCell({ price, before, rate }: RateCellProps) {
  if (!price) return '–';
  const own = price[rate];
  if (own === null) {
    const instead = fallbackOf(price, rate);
    return (
      <span
        className={classes.dimmed}
        title={`Charged as ${RATE_NAMES[instead].toLowerCase()}: no rate of its own.`}
      >
        {formatMoney(price[instead] ?? price.input, 'exact')}
      </span>
    );
  }
  const trend = trendOf(before, price, rate);
  return (
    <span className={classes.rate}>
      {trend === 'up' && <IconArrowUp size={12} role="img" aria-label="up" />}
      {trend === 'down' && <IconArrowDown size={12} role="img" aria-label="down" />}
      {formatMoney(own, 'exact')}
    </span>
  );
}
