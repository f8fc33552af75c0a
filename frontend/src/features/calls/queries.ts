// Calls by page, their number, and one call with its receipt.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { CallsParams } from '../../api/params';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

export type Call = components['schemas']['Call'];
export type CallWithReceipt = components['schemas']['CallWithReceipt'];
export type Receipt = components['schemas']['CallReceipt'];
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

/** How many calls pass the filters. */
export const callCountQuery = (query: CallsParams) =>
  queryOptions({
    queryKey: [...usageKey, 'call-count', query],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/usage/calls', { params: { query }, signal }))).calls ?? undefined,
    placeholderData: keepPreviousData,
  });
