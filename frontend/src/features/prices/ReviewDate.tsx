// When a price should be compared with the provider's page: in amber once that day has come.
import { Instant } from '../../ui/Instant';
import { isDue } from './book';
import classes from './Prices.module.css';

export function ReviewDate({ on }: { on: string | null }) {
  if (on === null) return <span className={classes.dimmed}>–</span>;
  // A date has no zone of its own.
  const day = <Instant at={`${on}T00:00:00Z`} zone="UTC" as="day" />;
  return isDue(on, Date.now()) ? <span className={classes.warn}>due {day}</span> : day;
}
