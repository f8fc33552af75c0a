// The pace of limits: as lists have it, or from the last four weeks of what a limit counts, day by day in its zone.
import { queryOptions, skipToken } from '@tanstack/react-query';
import type { LimitLike } from '../lib/budgets';
import { type Pace, paceOf } from '../lib/pace';
import { addDays, dateOf, toInstant, toLocal } from '../lib/zone';
import { api, unwrap } from './client';
import type { TimeseriesParams } from './params';
import { usageKey } from './queryClient';
import type { components } from './schema.gen';
import type { Timeseries } from './usage';

const DAYS = 28;
/** Within minutes and hours a pace by days says nothing, and a window without end has none. */
const WINDOWS = new Set(['day', 'week', 'month']);

/** Undefined for limits that have no pace. */
export function paceParams(limit: LimitLike, now: number): TimeseriesParams | undefined {
  const { metric, window, subject, time_zone: zone, amount } = limit;
  if (!zone || amount == null || !WINDOWS.has(window) || metric === 'concurrency') return undefined;
  const id = subject.id ?? undefined;
  if (id?.endsWith('*')) return undefined;
  const today = dateOf(toLocal(now, zone));
  const [tag, ...value] = subject.kind === 'tag' ? (id ?? '').split('=') : [];
  return {
    from: new Date(toInstant(addDays(today, -DAYS), zone)).toISOString(),
    to: new Date(toInstant(today, zone)).toISOString(),
    interval: 'day',
    tz: zone,
    top: 0,
    group_by: 'model',
    measures: 'calls,cost_usd,total_input_tokens,total_output_tokens',
    ...(subject.kind === 'label' && id !== undefined && { user_label: [id] }),
    ...(subject.kind === 'key' && id !== undefined && { key_id: [id] }),
    ...(tag && { [`tag.${tag}`]: [value.join('=')] }),
  };
}

export function paceQuery(limit: LimitLike, now: number) {
  const query = paceParams(limit, now);
  return queryOptions({
    // Whole days before today: new calls do not change them.
    queryKey: [...usageKey, 'pace', limit.id, query],
    queryFn: query
      ? ({ signal }) => unwrap(api.GET('/api/usage/timeseries', { params: { query }, signal }))
      : skipToken,
    staleTime: 600_000,
  });
}

/** Undefined for limits that have no pace. */
export function paceOfLimit(
  limit: LimitLike,
  history: Timeseries | undefined,
  now: number,
): Pace | undefined {
  const { metric, amount, used, resets_at: resetsAt, time_zone: zone } = limit;
  if (!history || !zone || resetsAt == null || amount == null || used == null) return undefined;
  return paceOf({
    used: Number(used),
    amount: Number(amount),
    now,
    resetsAt: Date.parse(resetsAt),
    zone,
    history: daysOf(history, metric),
  });
}

/** Days from the first with a call on: those before it are no history. */
function daysOf({ series }: Timeseries, metric: LimitLike['metric']) {
  const points = series[0]?.points ?? [];
  const first = points.findIndex(({ calls }) => calls > 0);
  return (first < 0 ? [] : points.slice(first)).map((point) => ({
    start: Date.parse(point.start),
    value:
      metric === 'usd'
        ? Number(point.cost_usd ?? 0)
        : metric === 'tokens'
          ? point.total_input_tokens + point.total_output_tokens
          : point.calls,
  }));
}

type ListedPace = NonNullable<components['schemas']['Limit']['pace']>;

/** As `include=pace` has it. */
export function paceOfList({ runs_out_at: at, ends_near: value }: ListedPace): Pace {
  if (at !== null) return { kind: 'runs-out', at: Date.parse(at) };
  return value === null ? { kind: 'unknown' } : { kind: 'ends-near', value: Number(value) };
}
