// The amount of a budget as a line in a chart: only where exactly one limit in USD fits the filter and the window.
import { useQuery } from '@tanstack/react-query';
import { formatMoney } from '../lib/money';
import type { Range } from '../lib/range';
import type { UsageChart } from '../lib/usageChart';
import { useView } from '../lib/useView';
import { filtersOf, type View } from '../lib/view';
import { cityOf } from '../lib/zone';
import { pacedLimitsQuery } from './limits';

const WINDOWS: Partial<Record<Extract<Range, string>, string>> = {
  today: 'day',
  month: 'month',
  'last-month': 'month',
  all: 'total',
};

type Subject = { kind: string; id?: string | null };

/** `window` is what the line is compared with: that of a running sum over a calendar range, or that of each bar. */
export function useCap(window: string | undefined) {
  const view = useView();
  const limits = useQuery({ ...pacedLimitsQuery, enabled: window !== undefined });
  const fitting = limits.data?.data.filter(
    (limit) => limit.metric === 'usd' && limit.window === window && isSubject(limit.subject, view),
  );
  const [limit] = fitting ?? [];
  if (window === undefined || !limit || fitting?.length !== 1) return undefined;
  const amount = String(limit.amount);
  // Days of another zone begin at another time than those of the chart.
  const days = limit.time_zone === view.tz ? '' : ` (${cityOf(limit.time_zone)})`;
  return { value: Number(amount), text: `budget ${formatMoney(amount)} per ${window}${days}` };
}

/** Whether bars come near it: a far line would leave them no height. */
export const isInReach = ({ value }: { value: number }, chart: UsageChart): boolean =>
  value <= 3 * Math.max(0, ...(chart.totalLine ?? []).map((sum) => sum ?? 0));

/** The window of a budget that a running sum over the whole range belongs to. */
export const windowOfRange = (range: Range) =>
  typeof range === 'string' ? WINDOWS[range] : undefined;

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
