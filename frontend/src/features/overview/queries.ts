// What the start page asks beyond the shared reports.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import type { components } from '../../api/schema.gen';

export type Limit = components['schemas']['Limit'];
export type MyLimit = components['schemas']['MyLimit'];

export const limitsQuery = queryOptions({
  queryKey: ['limits', 'paced'],
  queryFn: ({ signal }) =>
    unwrap(api.GET('/api/limits', { params: { query: { limit: 200, include: 'pace' } }, signal })),
  staleTime: 15_000,
});
