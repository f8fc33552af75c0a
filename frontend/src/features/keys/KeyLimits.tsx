// Every limit that applies to calls of this key: its own, those of its label and those of everyone.
import { useQuery } from '@tanstack/react-query';
import { budgetOf, byUrgency, subjectTitle } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { useView } from '../../lib/useView';
import { BudgetBar } from '../../ui/BudgetBar';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import { ViewLink } from '../../ui/ViewLink';
import classes from './KeyDetail.module.css';
import { type ApiKey, bindingLimitsQuery } from './queries';

interface KeyLimitsProps {
  apiKey: ApiKey;
  canOpenLimits: boolean;
}

export function KeyLimits({ apiKey, canOpenLimits }: KeyLimitsProps) {
  const { tz } = useView();
  const now = useAsOf();
  const { data: limits, error, isPending, refetch } = useQuery(bindingLimitsQuery(apiKey));
  const names = new Map([[apiKey.id, apiKey.name]]);
  const budgets = (limits ?? []).map((limit) => budgetOf(limit, names)).sort(byUrgency);
  return (
    <Panel title={titleOf(limits?.length)} padded>
      {error && !limits && (
        <FailureNotice
          error={error}
          forbidden="This key may not read limits."
          onRetry={() => void refetch()}
        />
      )}
      {isPending && <SkeletonRows label="Loading limits" rows={3} />}
      {limits?.length === 0 && (
        <p className={classes.none}>
          No limit applies to this key.{' '}
          {canOpenLimits && (
            <ViewLink
              to="/limits"
              own={{ new: 'key', subject: apiKey.id }}
              className={classes.open}
            >
              Set a limit
            </ViewLink>
          )}
        </p>
      )}
      <ul className={classes.list}>
        {budgets.map((budget) => (
          <li key={budget.id}>
            <BudgetBar
              budget={budget}
              now={now}
              zone={tz}
              name={
                canOpenLimits && (
                  <ViewLink to={`/limits/${budget.id}`} className={classes.link}>
                    {subjectTitle(budget.subject)}
                  </ViewLink>
                )
              }
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function titleOf(count: number | undefined): string {
  if (count === undefined) return 'Limits';
  return count === 0 ? 'No limits' : `${count} ${count === 1 ? 'limit applies' : 'limits apply'}`;
}
