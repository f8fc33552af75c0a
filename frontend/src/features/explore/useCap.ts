// The cap of a budget over a running sum: only where exactly one limit in USD fits the filter and the range.
import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../../api/client';
import { formatMoney } from '../../lib/money';
import type { Range } from '../../lib/range';
import { useView } from '../../lib/useView';
import { filtersOf, type View } from '../../lib/view';
import { type ExploreState, isCumulative } from './state';

const WINDOWS: Partial<Record<Extract<Range, string>, string>> = {
  today: 'day',
  month: 'month',
  'last-month': 'month',
  all: 'total',
};

type Subject = { kind: string; id?: string | null };

export function useCap(state: ExploreState) {
  const view = useView();
  const window = typeof view.range === 'string' ? WINDOWS[view.range] : undefined;
  const wanted = isCumulative(state) && state.metric === 'spend' && window !== undefined;
  const limits = useQuery({
    queryKey: ['limits', 'all'],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/limits', { params: { query: { limit: 200 } }, signal })),
    enabled: wanted,
    staleTime: 15_000,
  });
  const fitting = limits.data?.data.filter(
    (limit) => limit.metric === 'usd' && limit.window === window && isSubject(limit.subject, view),
  );
  const [limit] = fitting ?? [];
  if (!wanted || !limit || fitting?.length !== 1) return undefined;
  const amount = String(limit.amount);
  return { value: Number(amount), text: `budget ${formatMoney(amount)}` };
}

/** Whether a limit counts exactly what the filters select. */
export function isSubject({ kind, id }: Subject, view: View): boolean {
  const filters = filtersOf(view);
  const [filter] = filters;
  if (kind === 'global') return filters.length === 0;
  if (!filter || filters.length !== 1) return false;
  if (kind === 'tag') {
    return filter.field.startsWith('tag.') && id === `${filter.field.slice(4)}=${filter.value}`;
  }
  return filter.field === kind && id === filter.value;
}
