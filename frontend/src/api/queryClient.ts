// Caches server state, and signs out when the key is rejected.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { session } from '../lib/session';
import { ApiError } from './errors';

const MAX_RETRIES = 2;

/** Prefix of all queries whose data changes with each call. */
export const usageKey = ['usage'] as const;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      // Only for queries: a 401 of a chat may come from the provider, about the caller's own provider key.
      onError(error) {
        if (error instanceof ApiError && error.status === 401) session.signOut('key-rejected');
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => isRetryable(error) && failures < MAX_RETRIES,
      },
    },
  });
}

function isRetryable(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === undefined || error.status >= 500;
}
