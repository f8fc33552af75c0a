// Calls by page, one call, and the price it was billed at.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { CallsParams } from '../../api/params';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

export type Call = components['schemas']['Call'];
export type Price = components['schemas']['Price'];
export type Cost = 'billed' | 'current';

export const callsQuery = (query: CallsParams) =>
  infiniteQueryOptions({
    queryKey: [...usageKey, 'calls', query],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/usage/calls', { params: { query: { ...query, cursor: pageParam } }, signal }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next_cursor }) => next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** Nothing about a call changes once it has ended but its current price. */
export const callQuery = (id: string, cost: Cost) =>
  queryOptions({
    queryKey: ['call', id, cost],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/usage/calls/{id}', {
          params: { path: { id }, query: cost === 'current' ? { cost } : {} },
          signal,
        }),
      ),
    staleTime: cost === 'billed' ? Number.POSITIVE_INFINITY : 60_000,
  });

/** Prices of a model, to find the one of a call. Only administrators may read them. */
export const pricesQuery = (model: string) =>
  queryOptions({
    queryKey: ['prices', 'of', model],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/prices', { params: { query: { model, limit: 200 } }, signal })),
    staleTime: 60_000,
  });
