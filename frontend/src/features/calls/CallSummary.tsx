// The head of a call: its cost and state, and what is unusual about it.
import { useQuery } from '@tanstack/react-query';
import { formatMoney } from '../../lib/money';
import { Money } from '../../ui/Money';
import { StatusBadge } from '../../ui/StatusBadge';
import classes from './CallSummary.module.css';
import { type Call, callQuery } from './queries';
import { statusText } from './statusText';

export function CallSummary({ call }: { call: Call }) {
  const { tone, name, explanation } = statusText(call);
  const { data: current } = useQuery(callQuery(call.id, 'current'));
  const isBound = call.status === 'estimated' || call.status === 'abandoned';
  const isCorrected = current !== undefined && current.cost_usd !== call.cost_usd;
  return (
    <div className={classes.head}>
      <div className={classes.cost}>
        <Money amount={call.cost_usd} mode="exact" estimated={isBound} />
      </div>
      <StatusBadge tone={tone}>{name}</StatusBadge>
      {call.attempts > 1 && <StatusBadge tone="warn">{call.attempts} attempts</StatusBadge>}
      {call.status !== 'settled' && <p className={classes.note}>{explanation}</p>}
      {isCorrected && (
        <p className={classes.note}>
          At current prices: {formatMoney(current.cost_usd, 'exact')}. It was{' '}
          {formatMoney(call.cost_usd, 'exact')} when billed.
        </p>
      )}
    </div>
  );
}
