// Queries that several pages share. One query key for each request, so that pages and the heartbeat share answers.
import { keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import { api, unwrap } from './client';
import type { SummaryParams, TimeseriesParams } from './params';
import { usageKey } from './queryClient';
import type { components } from './schema.gen';

export type Me = components['schemas']['Me'];
export type SummaryRow = components['schemas']['SummaryRow'];
export type Timeseries = components['schemas']['Timeseries'];
export type StatedCostRow = components['schemas']['StatedCostRow'];
export type UsageHealth = components['schemas']['UsageHealth'];

/** Without parameters the query waits; for the period before a range that has none. */
export const fetchSummary = (query: SummaryParams, signal: AbortSignal) =>
  unwrap(api.GET('/api/usage/summary', { params: { query }, signal }));

export const summaryQuery = (query: SummaryParams | undefined) =>
  queryOptions({
    queryKey: [...usageKey, 'summary', query],
    queryFn: query ? ({ signal }) => fetchSummary(query, signal) : skipToken,
    placeholderData: keepPreviousData,
  });

export const timeseriesQuery = (query: TimeseriesParams | undefined) =>
  queryOptions({
    queryKey: [...usageKey, 'timeseries', query],
    queryFn: query
      ? ({ signal }) => unwrap(api.GET('/api/usage/timeseries', { params: { query }, signal }))
      : skipToken,
    placeholderData: keepPreviousData,
  });

/** What calls had in a field, for suggestions: most used first, 20 that contain the text. */
export const valuesQuery = (field: string, text: string) =>
  queryOptions({
    queryKey: ['values', field, text],
    queryFn: ({ signal }) => {
      const query = { field, ...(text !== '' && { q: text }) };
      return unwrap(api.GET('/api/usage/values', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** Who the key is and what it may do; the guard of all pages reads it. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/usage/me', { signal })),
  staleTime: 60_000,
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/usage/health', { signal })),
  refetchInterval: 60_000,
});

/** What upstreams state as costs, in the last seven days; not for keys that are bound to a label. */
export const statedCostsQuery = queryOptions({
  queryKey: [...usageKey, 'stated-costs'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/usage/stated-costs', { signal })),
  staleTime: 60_000,
});

/** Names of keys, for administrators; readers see the end of the id. */
export const keysQuery = queryOptions({
  queryKey: ['keys', 'all'],
  queryFn: ({ signal }) =>
    unwrap(api.GET('/api/keys', { params: { query: { limit: 200 } }, signal })),
  staleTime: 60_000,
});
