// The limits that this key may read, each with its pace. A bound key reads those of its label.
import { useQueries, useQuery } from '@tanstack/react-query';
import { paceOfLimit, paceQuery } from '../../api/pace';
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

/** Each pace is a request, so only limits that may run out soon have one. */
const PACED = 3;
const MIN_USED = 0.4;

export function useBudgets(keys: KeyNames | undefined): BudgetState {
  const now = useAsOf();
  const all = useQuery(limitsQuery);
  const limits: LimitLike[] | undefined = all.data?.data;
  const budgets = limits
    ?.map((limit) => ({ limit, budget: budgetOf(limit, keys) }))
    .sort((left, right) => byUrgency(left.budget, right.budget));
  const paced = (budgets ?? [])
    .filter(({ budget }) => !budget.isRefusing && (budget.shares?.used ?? 0) >= MIN_USED)
    .slice(0, PACED)
    .map(({ limit }) => limit);
  const history = useQueries({ queries: paced.map((limit) => paceQuery(limit, now)) });
  return {
    limits: budgets?.map((one) => ({
      ...one,
      pace: paceOfLimit(one.limit, history[paced.indexOf(one.limit)]?.data, now),
    })),
    error: all.error,
    retry: () => void all.refetch(),
  };
}
