// Ranges of time: presets and dates as instants, the period before, the interval of a chart, and their texts.
import {
  addDays,
  addMonths,
  atTime,
  dateOf,
  daysBetween,
  type LocalDateTime,
  startOfMonth,
  timeOf,
  toInstant,
  toLocal,
} from './zone';

export const PRESETS = {
  today: 'Today',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
  '12m': 'Last 12 months',
  all: 'All time',
} as const;

export type Preset = keyof typeof PRESETS;
/** `to` is exclusive. Both are wall clocks in the zone of the view. */
export interface Dates {
  from: LocalDateTime;
  to: LocalDateTime;
}
export type Range = Preset | Dates;

/** Instants in milliseconds; `to` is exclusive. Without `from` it starts at the first call. */
export interface Span {
  from?: number;
  to: number;
  /** The range goes on: it ends now because there is nothing later yet. */
  holdsNow: boolean;
}

export type Interval = '15m' | 'hour' | 'day' | 'week' | 'month';

/** After "per": `Spend per 15 minutes`. */
export const intervalName = (interval: Interval): string =>
  interval === '15m' ? '15 minutes' : interval;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const MAX_BUCKETS = 400;

const DAYS = { '7d': 7, '30d': 30, '90d': 90 } as const;

export const isPreset = (text: string): text is Preset => Object.hasOwn(PRESETS, text);

/** The dates that a preset means now; `to` is the clock at `now`. */
function datesOf(preset: Exclude<Preset, '24h' | 'all'>, clock: LocalDateTime): Dates {
  const today = dateOf(clock);
  const month = startOfMonth(clock);
  switch (preset) {
    case 'today':
      return { from: today, to: clock };
    case 'month':
      return { from: month, to: clock };
    case 'last-month':
      return { from: addMonths(month, -1), to: month };
    case '12m':
      return { from: addMonths(month, -11), to: clock };
    default:
      return { from: addDays(today, 1 - DAYS[preset]), to: clock };
  }
}

/** `now` is the instant that all parts of the page ask for; see `clock.ts`. */
export function spanOf(range: Range, zone: string, now: number): Span {
  if (range === 'all') return { to: now, holdsNow: true };
  if (range === '24h') return { from: now - DAY_MS, to: now, holdsNow: true };
  if (typeof range === 'string') {
    const dates = datesOf(range, toLocal(now, zone));
    const from = toInstant(dates.from, zone);
    if (range === 'last-month') return { from, to: toInstant(dates.to, zone), holdsNow: false };
    // A minute after midnight has passed once the range starts: an empty range would be refused.
    return { from: Math.min(from, now - 60_000), to: now, holdsNow: true };
  }
  const [from, to] = [toInstant(range.from, zone), toInstant(range.to, zone)];
  const holdsNow = from < now && now < to;
  return { from, to: holdsNow ? now : Math.max(to, from + 60_000), holdsNow };
}

/** The period that a range is compared with; undefined where there is none. */
export function spanBefore(range: Range, zone: string, now: number): Span | undefined {
  if (range === 'all') return undefined;
  const span = spanOf(range, zone, now);
  const from = span.from ?? 0;
  const ended = (start: number, end: number): Span => ({ from: start, to: end, holdsNow: false });
  const shifted = (shift: (local: LocalDateTime) => LocalDateTime): Span => {
    const start = toInstant(shift(toLocal(from, zone)), zone);
    const end = toInstant(shift(toLocal(span.to, zone)), zone);
    return ended(start, Math.min(end, from));
  };
  switch (range) {
    case 'today':
      return shifted((local) => addDays(local, -1));
    case '7d':
    case '30d':
    case '90d':
      return shifted((local) => addDays(local, -DAYS[range]));
    case 'month':
    case 'last-month':
      return shifted((local) => addMonths(local, -1));
    case '12m':
      return shifted((local) => addMonths(local, -12));
    case '24h':
      return ended(from - DAY_MS, from);
    default:
      return beforeDates(range, span, zone);
  }
}

/** Whole days move by days, so that they stay whole where the clocks change. */
function beforeDates(range: Dates, span: Span, zone: string): Span {
  const from = span.from ?? 0;
  if (timeOf(range.from) !== timeOf(range.to)) {
    return { from: from - (span.to - from), to: from, holdsNow: false };
  }
  const days = daysBetween(range.from, range.to);
  const shift = (instant: number) => toInstant(addDays(toLocal(instant, zone), -days), zone);
  return { from: shift(from), to: Math.min(shift(span.to), from), holdsNow: false };
}

/** The dates of a range, to pin a link to them. Undefined for all time, which has no start. */
export function pinnedDates(range: Range, zone: string, now: number): Dates | undefined {
  if (typeof range !== 'string') return range;
  const { from, to } = spanOf(range, zone, now);
  return from === undefined ? undefined : { from: toLocal(from, zone), to: toLocal(to, zone) };
}

/** The range moved by its own length, or undefined where that is all in the future. */
export function movedRange(
  range: Range,
  zone: string,
  now: number,
  direction: -1 | 1,
): Range | undefined {
  const whole = wholeDates(range, zone, now);
  if (!whole) return undefined;
  const moved = moveDates(range, whole, zone, direction);
  return toInstant(moved.from, zone) >= now ? undefined : moved;
}

/** The dates of a range with its last day in full, so that moving it forth and back changes nothing. */
function wholeDates(range: Range, zone: string, now: number): Dates | undefined {
  const dates = pinnedDates(range, zone, now);
  if (!dates || typeof range !== 'string' || range === '24h' || range === 'last-month')
    return dates;
  if (range === 'month') return { from: dates.from, to: addMonths(dates.from, 1) };
  if (range === '12m') return { from: dates.from, to: addMonths(dates.from, 12) };
  return { from: dates.from, to: addDays(dateOf(dates.to), 1) };
}

function moveDates(range: Range, { from, to }: Dates, zone: string, direction: -1 | 1): Dates {
  const months = wholeMonths({ from, to });
  if (months > 0 && range !== '7d' && range !== '30d' && range !== '90d') {
    return { from: addMonths(from, months * direction), to: addMonths(to, months * direction) };
  }
  if (timeOf(from) === timeOf(to)) {
    const days = daysBetween(from, to) * direction;
    return { from: addDays(from, days), to: addDays(to, days) };
  }
  const length = (toInstant(to, zone) - toInstant(from, zone)) * direction;
  const move = (local: LocalDateTime) => toLocal(toInstant(local, zone) + length, zone);
  return { from: move(from), to: move(to) };
}

/** The number of months from a first to a first; 0 if these dates are no whole months. */
function wholeMonths({ from, to }: Dates): number {
  if (!from.endsWith('-01') || !to.endsWith('-01')) return 0;
  const index = (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  return index(to) - index(from);
}

const LENGTH_MS: Record<Interval, number> = {
  '15m': HOUR_MS / 4,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
};

export const INTERVALS = Object.keys(LENGTH_MS) as Interval[];

/** All time has no known start before the first answer, so pass it as `since` once it is known. */
export function intervalOf(span: Span, since?: number): Interval {
  const from = span.from ?? since;
  if (from === undefined) return 'month';
  const days = (span.to - from) / DAY_MS;
  if (days <= 0.5) return '15m';
  // An hour of slack keeps a range of whole days together where the clocks change within it.
  if (days <= 8 + 1 / 24) return 'hour';
  if (days <= 130) return 'day';
  return days <= 800 ? 'week' : 'month';
}

/** About how many buckets a chart has; undefined for all time. */
export function bucketsOf({ from, to }: Span, interval: Interval): number | undefined {
  return from === undefined ? undefined : Math.ceil((to - from) / LENGTH_MS[interval]);
}

export { atTime };
