// The ledger against a provider's own figures, day by day.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { components } from '../../api/schema.gen';
import type { ReportingProvider } from './providers';

export type Reconciliation = components['schemas']['Reconciliation'];
export type ReconciledRow = components['schemas']['ReconciliationRow'];

export interface Days {
  from: string;
  /** Exclusive. */
  to: string;
}

const reconcileQuery = (
  provider: ReportingProvider,
  { from, to }: Days,
  groupBy: 'day' | 'day,model',
) =>
  queryOptions({
    queryKey: ['reconcile', provider, groupBy, from, to],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/usage/reconcile', {
          params: { query: { provider, from, to, group_by: groupBy } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

export const daysQuery = (provider: ReportingProvider, days: Days) =>
  reconcileQuery(provider, days, 'day');
export const modelsQuery = (provider: ReportingProvider, days: Days) =>
  reconcileQuery(provider, days, 'day,model');
