// A call on a phone: two lines in place of columns.
import { formatCompact, formatDuration } from '../../lib/format';
import { Instant } from '../../ui/Instant';
import { Money } from '../../ui/Money';
import { StatusBadge } from '../../ui/StatusBadge';
import classes from './CallCard.module.css';
import type { Call } from './queries';
import { statusText } from './statusText';

export function CallCard({ call, zone }: { call: Call; zone: string }) {
  const { tone, name, explanation } = statusText(call);
  return (
    <div className={classes.card}>
      <div className={classes.line}>
        <span className={classes.who}>{call.user_label}</span>
        <span className={classes.cost}>
          <Money
            amount={call.cost_usd}
            estimated={call.status === 'estimated' || call.status === 'abandoned'}
          />
        </span>
      </div>
      <div className={classes.line} data-second>
        <span className={classes.facts}>
          <Instant at={call.created_at} zone={zone} /> · {call.model} ·{' '}
          {formatCompact(call.input_tokens)} → {formatCompact(call.output_tokens)} ·{' '}
          {formatDuration(call.latency_ms)}
        </span>
        <StatusBadge tone={tone} title={explanation}>
          <span className={call.status === 'settled' ? 'visually-hidden' : undefined}>{name}</span>
        </StatusBadge>
      </div>
    </div>
  );
}
