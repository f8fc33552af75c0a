// The changes of keys, limits and prices, page by page.
import { infiniteQueryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { components } from '../../api/schema.gen';
import type { AuditFilter } from './auditSearch';

export type AuditEntry = components['schemas']['AuditEntry'];

const PAGE = 50;

/** `from` and `to` as the API takes them. */
export const auditQuery = (
  { kind, action, who, id }: AuditFilter,
  range: { from?: string; to?: string },
) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'pages', kind, action, who, id, range.from, range.to],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET('/api/audit', {
          params: {
            query: {
              ...range,
              ...(kind && { subject_kind: kind }),
              ...(action && { action }),
              ...(who && { actor: who }),
              ...(id && { subject_id: id }),
              ...pageParam,
              limit: PAGE,
            },
          },
          signal,
        }),
      ),
    initialPageParam: {} as { cursor?: string },
    getNextPageParam: ({ next_cursor: cursor }) => (cursor ? { cursor } : undefined),
    placeholderData: (previous) => previous,
  });
