// A change of an amount, with its sign; all digits in the title. Neutral ink: more spend is not an error.
import classes from './Prices.module.css';
import { differenceText } from './words';

export function Difference({ amount }: { amount: string }) {
  return (
    <span className={classes.difference} title={differenceText(amount, 'exact')}>
      {differenceText(amount)}
    </span>
  );
}
