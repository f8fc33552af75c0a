// Usage by model and label, over all time.
import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { usageKey } from '../../api/queryClient';
import type { components } from '../../api/schema.gen';

export type SummaryRow = components['schemas']['SummaryRow'];

export const summaryQuery = queryOptions({
  queryKey: [...usageKey, 'summary'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/usage/summary', { signal })),
});
