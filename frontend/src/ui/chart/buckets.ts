// The buckets of a time series in the calendar of a zone: where they end, what they are called, which are cut.
import { addDays, addMonths, hoursOfDay, toInstant, toLocal } from '../../lib/zone';

export type BucketInterval = '15m' | 'hour' | 'day' | 'week' | 'month';

export interface Bucket {
  /** Milliseconds; `end` is exclusive. */
  start: number;
  end: number;
  name: string;
  /** The range cuts the bucket, or it is not over. */
  partial?: 'so far' | 'cut';
  /** `25 h` where the clocks change. */
  flag?: string;
}

interface Calendar {
  interval: BucketInterval;
  zone: string;
  /** The range in milliseconds. */
  from: number;
  to: number;
  /** Whether the range ends because it is now. */
  holdsNow: boolean;
}

const MINUTE_MS = 60_000;

export function bucketsOf(starts: readonly number[], calendar: Calendar): Bucket[] {
  const { interval, zone, from, to, holdsNow } = calendar;
  const name = namer(interval, zone);
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? endOf(start, interval, zone);
    const flag = interval === 'day' ? clockChange(start, zone) : undefined;
    const cut = start < from || end > to ? (end > to && holdsNow ? 'so far' : 'cut') : undefined;
    return { start, end, name: name(start), partial: cut, flag };
  });
}

function endOf(start: number, interval: BucketInterval, zone: string): number {
  if (interval === '15m') return start + 15 * MINUTE_MS;
  if (interval === 'hour') return start + 60 * MINUTE_MS;
  const local = toLocal(start, zone);
  const days = { day: 1, week: 7 }[interval as 'day' | 'week'];
  return toInstant(days ? addDays(local, days) : addMonths(local, 1), zone);
}

function clockChange(start: number, zone: string): string | undefined {
  const hours = hoursOfDay(toLocal(start, zone).slice(0, 10), zone);
  return hours === 24 || hours === 0 ? undefined : `${hours} h`;
}

function namer(interval: BucketInterval, zone: string): (start: number) => string {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });
    return (start: number) => formatter.format(start).replace(',', '');
  };
  const day = { day: 'numeric', month: 'short' } as const;
  switch (interval) {
    case 'month':
      return format({ month: 'long', year: 'numeric' });
    case 'week': {
      const date = format({ ...day, year: 'numeric' });
      return (start) => `Week from ${date(start)}`;
    }
    case 'day':
      return format({ weekday: 'short', ...day, year: 'numeric' });
    default:
      return format({ weekday: 'short', ...day, hour: '2-digit', minute: '2-digit' });
  }
}
