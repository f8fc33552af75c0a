// The change from the period before. Neutral ink: more spend is neither good nor bad.
import type { ReactNode } from 'react';
import type { Change as ChangeText } from '../lib/change';
import classes from './Change.module.css';

interface ChangeProps {
  /** Undefined where there is nothing to compare. */
  change: ChangeText | undefined;
  /** The figure before: "$105.31". */
  was?: ReactNode;
  /** Red, for a failure rate that rose by a point or more. */
  bad?: boolean;
}

const SAID = { up: 'up', down: 'down', same: 'unchanged' } as const;

export function Change({ change, was, bad }: ChangeProps) {
  if (!change) return null;
  return (
    <span className={classes.change} data-bad={bad || undefined}>
      <span className="visually-hidden">{SAID[change.direction]} </span>
      <span className={classes.text}>{change.text}</span>
      {was !== undefined && change.text !== 'new' && (
        <span className={classes.was}> was {was}</span>
      )}
    </span>
  );
}
