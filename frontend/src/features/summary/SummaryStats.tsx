// The four headline figures.
import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatCompact, formatShare } from '../../lib/format';
import { Money } from '../../ui/Money';
import classes from './SummaryStats.module.css';
import type { Totals } from './totals';

export function SummaryStats({ totals }: { totals: Totals | undefined }) {
  return (
    <dl className={classes.stats} aria-label="Totals">
      <Stat name="Spend" note={totals && spendNote(totals)}>
        {totals && (totals.calls === 0 ? <Money amount="0" /> : <Money amount={totals.cost_usd} />)}
      </Stat>
      <Stat name="Calls" note={totals && callsNote(totals)}>
        {totals && formatCompact(totals.calls)}
      </Stat>
      <Stat
        name="Input tokens"
        note={
          totals && `${formatShare(totals.total_cached_tokens, totals.total_input_tokens)} cached`
        }
      >
        {totals && formatCompact(totals.total_input_tokens)}
      </Stat>
      <Stat
        name="Output tokens"
        note={
          totals &&
          `${formatShare(totals.total_reasoning_tokens, totals.total_output_tokens)} reasoning`
        }
      >
        {totals && formatCompact(totals.total_output_tokens)}
      </Stat>
    </dl>
  );
}

function spendNote(totals: Totals): string {
  return totals.unpriced_calls === 0
    ? 'every call priced'
    : `and ${formatCompact(totals.unpriced_calls)} unpriced`;
}

function callsNote({ failed_calls, estimated_calls }: Totals): string {
  const failed = failed_calls === 0 ? 'none failed' : `${formatCompact(failed_calls)} failed`;
  return estimated_calls === 0 ? failed : `${failed}, ${formatCompact(estimated_calls)} estimated`;
}

interface StatProps {
  name: string;
  note: string | undefined;
  children: ReactNode;
}

function Stat({ name, note, children }: StatProps) {
  return (
    <div className={classes.stat}>
      <dt>{name}</dt>
      <dd className={classes.value}>{children ?? <Skeleton height={22} width="60%" my={5} />}</dd>
      <dd className={classes.note}>{note ?? '\u00a0'}</dd>
    </div>
  );
}
