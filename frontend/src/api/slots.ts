// Which groups own the colours: the largest of the last 90 days, asked once a session and kept in memory.
import { queryOptions } from '@tanstack/react-query';
import { groupId, groupValue } from '../lib/groups';
import { compareUsd } from '../lib/money';
import { api, unwrap } from './client';
import { type Dim, groupBy } from './params';
import type { SummaryRow } from './usage';

const DAYS_MS = 90 * 86_400_000;
const SLOTS = 8;

export const slotsQuery = (by: Dim) =>
  queryOptions({
    // Not under `usage`: new calls must not move colours.
    queryKey: ['slots', by],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - DAYS_MS).toISOString();
      const query = { from, group_by: groupBy(by) };
      return ownersOf(
        await unwrap(api.GET('/api/usage/summary', { params: { query }, signal })),
        by,
      );
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    // Colours are no reason for an error: without owners they follow the order of the chart.
    retry: false,
  });

export function ownersOf(rows: readonly SummaryRow[], by: Dim): string[] {
  return [...rows]
    .sort((left, right) => compareUsd(right.cost_usd ?? '0', left.cost_usd ?? '0'))
    .slice(0, SLOTS)
    .map((row) => groupId(groupValue(row, by)));
}
