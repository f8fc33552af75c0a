// Whether a limit lasts until it resets, from the spend of the last four weeks, weekday by weekday.
import { formatDay, formatMinute } from './format';
import { formatMoney } from './money';
import { addDays, dateOf, toInstant, toLocal, weekdayOf } from './zone';

export interface PaceInput {
  /** Used and allowed, in one unit. Floats do: a projection has two digits at best. */
  used: number;
  amount: number;
  /** Milliseconds. */
  now: number;
  resetsAt: number;
  zone: string;
  /** Whole days before today in the zone of the limit, any order. */
  history: readonly { start: number; value: number }[];
}

export type Pace =
  | { kind: 'runs-out'; at: number }
  | { kind: 'ends-near'; value: number }
  | { kind: 'unknown' };

const MIN_DAYS = 3;
const MIN_DAYS_FOR_WEEKDAYS = 14;
/** Windows without a close end are followed no further. */
const MAX_DAYS = 400;

export function paceOf({ used, amount, now, resetsAt, zone, history }: PaceInput): Pace {
  const expected = expectedOf(history, zone);
  if (!expected) return { kind: 'unknown' };
  if (used >= amount) return { kind: 'runs-out', at: now };
  let total = used;
  let at = now;
  for (let days = 0; at < resetsAt && days < MAX_DAYS; days += 1) {
    const day = dateOf(toLocal(at, zone));
    const [start, end] = [toInstant(day, zone), toInstant(addDays(day, 1), zone)];
    const until = Math.min(end, resetsAt);
    // A zone that skips a day has one without length.
    const length = Math.max(1, end - start);
    const share = (until - at) / length;
    const next = total + expected(day) * share;
    if (next >= amount) {
      const part = (amount - total) / (next - total);
      return { kind: 'runs-out', at: at + (until - at) * part };
    }
    total = next;
    at = Math.max(until, at + 1);
  }
  return { kind: 'ends-near', value: total };
}

/** What a day is expected to use; undefined with too little history to tell. */
function expectedOf(history: PaceInput['history'], zone: string) {
  if (history.length < MIN_DAYS) return undefined;
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const average = mean(history.map(({ value }) => value));
  if (history.length < MIN_DAYS_FOR_WEEKDAYS) return () => average;
  const byWeekday = Array.from({ length: 7 }, () => [] as number[]);
  for (const { start, value } of history) byWeekday[weekdayOf(toLocal(start, zone))]?.push(value);
  return (day: string) => {
    const values = byWeekday[weekdayOf(day)] ?? [];
    return values.length === 0 ? average : mean(values);
  };
}

interface PaceText {
  zone: string;
  now: number;
  format: (value: number) => string;
}

/** `Runs out tomorrow about 14:00` · `Ends near $110` · `Too little history to tell`. */
export function paceText(pace: Pace, { zone, now, format }: PaceText): string {
  if (pace.kind === 'unknown') return 'Too little history to tell';
  if (pace.kind === 'ends-near') return `Ends near ${format(toTwoDigits(pace.value))}`;
  if (pace.at <= now) return 'Used up';
  const hour = roundToHour(pace.at);
  const day = dateOf(toLocal(hour, zone));
  const today = dateOf(toLocal(now, zone));
  const clock = toLocal(hour, zone).slice(11) || '00:00';
  if (day === today) return `Runs out today about ${clock}`;
  if (day === addDays(today, 1)) return `Runs out tomorrow about ${clock}`;
  return hour - now < 7 * 86_400_000
    ? `Runs out ${formatMinute(hour, zone, now)}`
    : `Runs out about ${formatDay(hour, zone, now)}`;
}

const roundToHour = (instant: number) => Math.round(instant / 3_600_000) * 3_600_000;

export function toTwoDigits(value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(2));
}

/** Of a projection in USD: whole dollars from $10 on. */
export const formatUsdNear = (value: number): string =>
  value >= 10
    ? `$${Math.round(value).toLocaleString('en-US')}`
    : formatMoney(value.toFixed(6).replace(/0+$/, '').replace(/\.$/, ''));
