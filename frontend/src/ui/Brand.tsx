// The logo and the name.
import classes from './Brand.module.css';

export function Brand() {
  return (
    <span className={classes.brand}>
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect className={classes.tile} width="32" height="32" rx="8" />
        <rect className={classes.bar} x="7" y="17" width="4" height="8" rx="1.5" />
        <rect className={classes.bar} x="14" y="12" width="4" height="13" rx="1.5" />
        <rect className={classes.bar} x="21" y="7" width="4" height="18" rx="1.5" />
      </svg>
      Tokenmeter
    </span>
  );
}
