// What the key has used since an instant: spend first, then how it came about.
import type { components } from '../../api/schema.gen';
import { formatCompact, formatNumberOf } from '../../lib/format';
import { Instant } from '../../ui/Instant';
import { Money } from '../../ui/Money';
import { Panel } from '../../ui/Panel';
import classes from './MyUsage.module.css';

interface UsageTileProps {
  title: string;
  usage: components['schemas']['MyUsage'];
}

export function UsageTile({ title, usage }: UsageTileProps) {
  const facts = [
    formatNumberOf(usage.calls, 'call'),
    `${formatCompact(usage.total_input_tokens)} tokens in`,
    `${formatCompact(usage.total_output_tokens)} out`,
    usage.failed_calls > 0 && `${formatCompact(usage.failed_calls)} failed`,
    usage.estimated_calls > 0 && `${formatCompact(usage.estimated_calls)} estimated`,
  ];
  return (
    <Panel
      title={title}
      note={
        <>
          since <Instant at={usage.from} zone="UTC" as="minute" /> UTC
        </>
      }
      padded
    >
      <p className={classes.spend}>
        {usage.calls === 0 ? '$0.00' : <Money amount={usage.cost_usd} />}
        {usage.cost_usd !== null && usage.unpriced_calls > 0 && (
          <span className={classes.unpriced}>+ {formatCompact(usage.unpriced_calls)} unpriced</span>
        )}
      </p>
      <p className={classes.note}>
        {usage.calls === 0 ? 'No calls' : facts.filter(Boolean).join(' · ')}
      </p>
    </Panel>
  );
}
