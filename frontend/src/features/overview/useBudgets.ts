// The limits that this key may read, each with its pace. Administrators read all of them, others their own.
import { useQueries, useQuery } from '@tanstack/react-query';
import { paceOfLimit, paceQuery } from '../../api/pace';
import type { Me } from '../../api/usage';
import { type Budget, budgetOf, byUrgency, type LimitLike } from '../../lib/budgets';
import { useAsOf } from '../../lib/clock';
import type { KeyNames } from '../../lib/groups';
import type { Pace } from '../../lib/pace';
import { limitsQuery } from './queries';

export interface BudgetWithPace {
  limit: LimitLike;
  budget: Budget;
  pace: Pace | undefined;
}

export interface BudgetState {
  limits: BudgetWithPace[] | undefined;
  error: Error | null;
  retry: () => void;
}

/** Each pace is a request, so only the limits that are shown have one. */
const PACED = 5;

export function useBudgets(me: Me, keys: KeyNames | undefined): BudgetState {
  const now = useAsOf();
  const isAdmin = me.scopes.includes('admin');
  const all = useQuery({ ...limitsQuery, enabled: isAdmin });
  const limits: LimitLike[] | undefined = isAdmin ? all.data?.data : me.limits;
  const budgets = limits
    ?.map((limit) => ({ limit, budget: budgetOf(limit, keys) }))
    .sort((left, right) => byUrgency(left.budget, right.budget));
  const paced = (budgets ?? []).slice(0, PACED).map(({ limit }) => limit);
  const history = useQueries({ queries: paced.map((limit) => paceQuery(limit, now)) });
  return {
    limits: budgets?.map((one, index) => ({
      ...one,
      pace: paceOfLimit(one.limit, history[index]?.data, now),
    })),
    error: isAdmin ? all.error : null,
    retry: () => void all.refetch(),
  };
}
