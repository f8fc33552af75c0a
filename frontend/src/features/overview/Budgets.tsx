// The budgets that are used most, with their pace, and how many keys are active.
import type { ReactNode } from 'react';
import { byUrgency } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { formatUsdNear, paceText } from '../../lib/pace';
import { useView } from '../../lib/useView';
import { BudgetBar } from '../../ui/BudgetBar';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Budgets.module.css';
import type { BudgetState } from './useBudgets';

interface BudgetsProps {
  budgets: BudgetState;
  footer?: ReactNode;
  canOpenLimits: boolean;
}

const SHOWN = 5;

export function Budgets({ budgets, footer, canOpenLimits }: BudgetsProps) {
  const { limits, error, retry } = budgets;
  const { tz } = useView();
  const now = useAsOf();
  const shown = limits?.toSorted((left, right) => byUrgency(left.budget, right.budget));
  return (
    <Panel title="Budgets" padded footer={footer}>
      {error && !limits && (
        <FailureNotice error={error} forbidden="This key may not read limits." onRetry={retry} />
      )}
      {!error && !limits && <SkeletonRows label="Loading budgets" rows={4} />}
      {shown?.length === 0 && (
        <p className={classes.none}>
          No limits yet. A limit notifies or refuses before spend runs away.{' '}
          {canOpenLimits && <ViewLink to="/limits">Set a limit</ViewLink>}
        </p>
      )}
      <ul className={classes.list}>
        {shown?.slice(0, SHOWN).map(({ budget, pace }) => (
          <li key={budget.id}>
            <BudgetBar
              budget={budget}
              now={now}
              zone={tz}
              pace={
                pace && budget.zone && budget.metric === 'usd'
                  ? paceText(pace, { zone: budget.zone, now, format: formatUsdNear })
                  : undefined
              }
              name={
                canOpenLimits ? (
                  <ViewLink to={`/limits/${budget.id}`} className={classes.name}>
                    {budget.subject}
                  </ViewLink>
                ) : undefined
              }
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
