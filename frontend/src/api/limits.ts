// The list of limits with their pace, which several pages show.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';

export const pacedLimitsQuery = queryOptions({
  queryKey: ['limits', 'paced'],
  queryFn: ({ signal }) =>
    unwrap(api.GET('/api/limits', { params: { query: { limit: 200, include: 'pace' } }, signal })),
  staleTime: 15_000,
});
