// The limits that this key may read, each with its pace. A bound key reads those of its label.
import { useQuery } from '@tanstack/react-query';
import { pacedLimitsQuery } from '../../api/limits';
import { paceOfList } from '../../api/pace';
import { type Budget, budgetOf, byUrgency, type LimitLike } from '../../lib/budgets';
import type { KeyNames } from '../../lib/groups';
import type { Pace } from '../../lib/pace';

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

export function useBudgets(keys: KeyNames | undefined): BudgetState {
  const all = useQuery(pacedLimitsQuery);
  return {
    limits: all.data?.data
      .map((limit) => ({
        limit,
        budget: budgetOf(limit, keys),
        pace: limit.pace ? paceOfList(limit.pace) : undefined,
      }))
      .sort((left, right) => byUrgency(left.budget, right.budget)),
    error: all.error,
    retry: () => void all.refetch(),
  };
}
