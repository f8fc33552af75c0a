// The ledger against the provider's own figures, day by day.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { components } from '../../api/schema.gen';

export type Reconciliation = components['schemas']['Reconciliation'];
export type ReconciledRow = components['schemas']['ReconciliationRow'];

export interface Days {
  from: string;
  /** Exclusive. */
  to: string;
}

const reconcileQuery = ({ from, to }: Days, groupBy: 'day' | 'day,model') =>
  queryOptions({
    queryKey: ['reconcile', groupBy, from, to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/usage/reconcile', {
          params: { query: { from, to, group_by: groupBy } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

export const daysQuery = (days: Days) => reconcileQuery(days, 'day');
export const modelsQuery = (days: Days) => reconcileQuery(days, 'day,model');
