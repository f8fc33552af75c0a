// A limit in three lines: who and how much, the bar, and what will happen when.
import type { ReactNode } from 'react';
import { type Budget, subjectTitle } from '../lib/budgets';
import { formatCount, formatMinute } from '../lib/format';
import { cityOf } from '../lib/zone';
import classes from './BudgetBar.module.css';
import { Meter } from './Meter';
import { meterState } from './meterParts';

interface BudgetBarProps {
  budget: Budget;
  /** The subject as a link, where there is a page for it. */
  name?: ReactNode;
  /** What is counted, in place of the window: "spend per month · hard". */
  what?: string;
  /** "Runs out tomorrow about 14:00". */
  pace?: string;
  now: number;
  /** Zone of instants where the limit names none. */
  zone: string;
}

export function BudgetBar({ budget, name, what = budget.window, pace, now, zone }: BudgetBarProps) {
  const { shares, isRefusing, isSoft, refusals, inFlight, resetsAt, windows } = budget;
  const state = shares && meterState({ used: shares.used, refusing: isRefusing });
  const at = budget.zone ?? zone;
  const label = `${budget.subject}, ${what}`;
  const facts = [
    isRefusing && 'Refusing',
    windows !== undefined && windows > 0 && `Highest of ${formatCount(windows)}`,
    !isRefusing && state === 'over' && (isSoft ? 'Over, not refused' : 'Used up'),
    state === 'near' && 'Near cap',
    refusals > 0 && `${formatCount(refusals)} refused`,
    state !== 'over' && pace,
  ].filter((fact) => fact !== false && fact !== undefined);
  return (
    <div className={classes.budget} data-state={isRefusing ? 'over' : state}>
      <div className={classes.line}>
        <span className={classes.name}>
          {name || subjectTitle(budget.subject)}{' '}
          <span className={classes.window}>
            · {what}
            {isSoft && !what.includes('soft') && ' · soft'}
          </span>
        </span>
        <span className={classes.amount}>{budget.text}</span>
      </div>
      {shares && (
        <Meter
          label={label}
          {...shares}
          refusing={isRefusing}
          soft={isSoft}
          text={[budget.text, inFlight && `${inFlight} in flight`, ...facts]
            .filter(Boolean)
            .join(', ')}
        />
      )}
      <div className={classes.note}>
        {facts.length > 0 && <span className={classes.facts}>{facts.join(' · ')}</span>}
        {inFlight && <span>{inFlight} in flight</span>}
        {resetsAt !== undefined && (
          <span className={classes.resets}>
            resets {formatMinute(resetsAt, at, now)}
            {at !== zone && ` ${cityOf(at)}`}
          </span>
        )}
      </div>
    </div>
  );
}
