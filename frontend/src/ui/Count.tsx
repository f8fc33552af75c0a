// A whole number: exact to six digits, compact beyond, the exact one as title. Zeros may be dimmed.
import { formatCompact, formatCount } from '../lib/format';
import classes from './Count.module.css';
import { useHighlight } from './useHighlight';

interface CountProps {
  value: number;
  /** All digits, whatever the size. */
  exact?: boolean;
  dimZero?: boolean;
}

export function Count({ value, exact, dimZero }: CountProps) {
  const text = exact ? formatCount(value) : formatCompact(value);
  const full = formatCount(value);
  const ref = useHighlight<HTMLSpanElement>(full);
  return (
    <span
      ref={ref}
      className={classes.count}
      data-zero={(dimZero && value === 0) || undefined}
      title={text === full ? undefined : full}
    >
      {text}
    </span>
  );
}
