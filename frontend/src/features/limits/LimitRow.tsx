// One limit of the list: whom it binds, how much is used, and whether it lasts.
import { useQuery } from '@tanstack/react-query';
import { paceOfLimit, paceOfList, paceQuery } from '../../api/pace';
import { budgetOf, subjectTitle } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import { formatCompact } from '../../lib/format';
import type { KeyNames } from '../../lib/groups';
import { formatUsdNear, paceText } from '../../lib/pace';
import { useView } from '../../lib/useView';
import { BudgetBar } from '../../ui/BudgetBar';
import { ViewLink } from '../../ui/ViewLink';
import type { Limit } from './draft';
import classes from './LimitList.module.css';
import { METRICS, whatText } from './words';

interface LimitRowProps {
  limit: Limit;
  keys?: KeyNames;
  /** Whether the name leads to the page of the limit. */
  linked?: boolean;
}

export function LimitRow({ limit, keys, linked }: LimitRowProps) {
  const { tz } = useView();
  const now = useAsOf();
  const budget = budgetOf(limit, keys);
  const pace = usePaceText(limit);
  return (
    <BudgetBar
      budget={budget}
      now={now}
      zone={tz}
      what={`${whatText(limit)} · ${limit.mode}`}
      pace={pace}
      name={
        linked && (
          <ViewLink to={`/limits/${limit.id}`} className={classes.name}>
            {subjectTitle(budget.subject)}
          </ViewLink>
        )
      }
    />
  );
}

function usePaceText(limit: Limit): string | undefined {
  const now = useAsOf();
  // Lists have it already.
  const { data } = useQuery({ ...paceQuery(limit, now), enabled: limit.pace == null });
  const pace = limit.pace ? paceOfList(limit.pace) : paceOfLimit(limit, data, now);
  if (!pace) return undefined;
  const { metric, time_zone: zone } = limit;
  const format = (value: number) =>
    metric === 'usd' ? formatUsdNear(value) : `${formatCompact(value)} ${METRICS[metric]}`;
  return paceText(pace, { zone, now, format });
}
