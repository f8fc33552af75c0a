// How server state is cached, and when it means that the key is no longer accepted.
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { session } from '../lib/session';
import { ApiError } from './errors';

const MAX_RETRIES = 2;

/** Everything that a call changes. */
export const usageKey = ['usage'] as const;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      // Reads alone decide: a chat's 401 may be the provider's word about a key the caller brought.
      onError(error) {
        if (error instanceof ApiError && error.status === 401) session.signOut('key-refused');
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, error) => isWorthRetrying(error) && failures < MAX_RETRIES,
      },
    },
  });
}

function isWorthRetrying(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === undefined || error.status >= 500;
}
