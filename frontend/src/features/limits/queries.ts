// Limits: the list, one limit with its version, its windows and events, and the changes of a limit.
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, unwrap, unwrapEmpty, unwrapVersioned, type Versioned } from '../../api/client';
import type { components } from '../../api/schema.gen';
import type { Limit, LimitChanges, NewLimit } from './draft';

export type LimitEvent = components['schemas']['ToldEvent'];
export type LimitWindow = components['schemas']['LimitWindow'];

const PAGE = 200;
const POLL_MS = 15_000;

/** Prefix of all queries about limits. */
export const limitsKey = ['limits'] as const;

export const limitPagesQuery = infiniteQueryOptions({
  queryKey: [...limitsKey, 'pages'],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET('/api/limits', {
        params: { query: { limit: PAGE, include: 'pace', ...pageParam } },
        signal,
      }),
    ),
  initialPageParam: {} as { cursor?: string },
  getNextPageParam: ({ next_cursor: cursor }) => (cursor ? { cursor } : undefined),
  refetchInterval: POLL_MS,
});

const atId = (id: string) => ({ path: { id } });

export const readLimit = (id: string, signal?: AbortSignal): Promise<Versioned<Limit>> =>
  unwrapVersioned(api.GET('/api/limits/{id}', { params: atId(id), signal }));

export const limitQuery = (id: string) =>
  queryOptions({
    queryKey: [...limitsKey, 'one', id],
    queryFn: ({ signal }) => readLimit(id, signal),
    refetchInterval: POLL_MS,
  });

export const windowsQuery = (id: string) =>
  queryOptions({
    queryKey: [...limitsKey, 'windows', id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/limits/{id}/windows', {
          params: { ...atId(id), query: { limit: PAGE } },
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
  });

/** Of one limit, or the newest of all. */
export const eventsQuery = (limitId?: string, limit = 20) =>
  queryOptions({
    queryKey: [...limitsKey, 'events', limitId, limit],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/limits/events', {
          params: { query: { limit, ...(limitId !== undefined && { limit_id: limitId }) } },
          signal,
        }),
      ),
    refetchInterval: POLL_MS,
  });

export const createLimit = (body: NewLimit): Promise<Limit> =>
  unwrap(api.POST('/api/limits', { body }));

const atVersion = ({ value, etag }: Versioned<Limit>) => ({
  ...atId(value.id),
  header: { 'If-Match': etag },
});

export const updateLimit = (body: LimitChanges, version: Versioned<Limit>): Promise<Limit> =>
  unwrap(api.PATCH('/api/limits/{id}', { params: atVersion(version), body }));

export const deleteLimit = (version: Versioned<Limit>): Promise<void> =>
  unwrapEmpty(api.DELETE('/api/limits/{id}', { params: atVersion(version) }));
