// What a limit would have counted: days of the ledger added up to its windows, exactly.
import type { Timeseries } from '../../api/usage';
import { parseUsd } from '../../lib/money';
import { addDays, addMonths, dateOf, toInstant, toLocal, weekdayOf } from '../../lib/zone';
import type { Metric, Period } from './words';

/** Windows that whole days add up to. */
export type DayWindow = Extract<Period, 'day' | 'week' | 'month'>;

export const isDayWindow = (window: Period): window is DayWindow =>
  window === 'day' || window === 'week' || window === 'month';

/** How many windows back a limit is tested: three months of each. */
export const WINDOWS_BACK: Record<DayWindow, number> = { day: 91, week: 13, month: 3 };

/** The date on which the window of a date starts. Weeks start on Monday. */
export function windowStart(date: string, window: DayWindow): string {
  if (window === 'day') return date;
  if (window === 'month') return `${date.slice(0, 8)}01`;
  return addDays(date, -((weekdayOf(date) + 6) % 7));
}

export function moveWindows(start: string, window: DayWindow, count: number): string {
  if (window === 'month') return addMonths(start, count);
  return addDays(start, count * (window === 'week' ? 7 : 1));
}

type Point = Timeseries['series'][number]['points'][number];

/** Whole units: pico-USD, tokens, calls. Unpriced calls count nothing towards money, as in the limit itself. */
export function unitsOfPoint(point: Point, metric: Metric): bigint {
  if (metric === 'usd') return point.cost_usd == null ? 0n : parseUsd(point.cost_usd);
  if (metric === 'tokens') return BigInt(point.total_input_tokens + point.total_output_tokens);
  return BigInt(point.calls);
}

export interface WindowSum {
  /** The local date on which it starts. */
  start: string;
  units: bigint;
}

export interface Counted {
  /** The group's fields, for limits on each label, key or tag. */
  group: Timeseries['series'][number]['group'];
  current: bigint;
  /** Whole windows before the current one, from the first with a call on. */
  past: WindowSum[];
  /** Whole days before today, from the first with a call on, for the pace. */
  days: { start: number; value: number }[];
}

interface CountOptions {
  metric: Metric;
  window: DayWindow;
  zone: string;
  now: number;
}

const PICO = 1e12;

/** One entry for each series of the answer, which has one point a day. */
export function countWindows(answer: Timeseries, options: CountOptions): Counted[] {
  const { metric, window, zone, now } = options;
  const today = dateOf(toLocal(now, zone));
  const currentStart = windowStart(today, window);
  return answer.series.map(({ group, points }) => {
    const first = points.findIndex(({ calls }) => calls > 0);
    const sums = new Map<string, bigint>();
    const days: Counted['days'] = [];
    for (const point of first < 0 ? [] : points.slice(first)) {
      const date = dateOf(toLocal(Date.parse(point.start), zone));
      const start = windowStart(date, window);
      const units = unitsOfPoint(point, metric);
      sums.set(start, (sums.get(start) ?? 0n) + units);
      if (date < today) {
        const value = metric === 'usd' ? Number(units) / PICO : Number(units);
        days.push({ start: Date.parse(point.start), value });
      }
    }
    return {
      group,
      current: sums.get(currentStart) ?? 0n,
      past: [...sums]
        .filter(([start]) => start < currentStart)
        .map(([start, units]) => ({ start, units })),
      days: days.slice(-28),
    };
  });
}

/** Windows in which more would have been used than the limit allows. */
export const passedWindows = (past: readonly WindowSum[], amount: bigint): WindowSum[] =>
  past.filter(({ units }) => units > amount);

/** When the current window ends, in milliseconds. */
export function currentEnd(window: DayWindow, zone: string, now: number): number {
  const start = windowStart(dateOf(toLocal(now, zone)), window);
  return toInstant(moveWindows(start, window, 1), zone);
}
