// Ranges in words: `31 Oct – 29 Nov`, `1 – 29 Oct, up to 17:10`.
import { type Dates, PRESETS, type Range, type Span } from './range';
import { addDays, dateOf, type LocalDate, timeOf, toLocal } from './zone';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

interface DayParts {
  year: string;
  month: string | undefined;
  day: number;
}

function partsOf(date: LocalDate): DayParts {
  const [year = '', month, day] = date.split('-');
  return { year, month: MONTHS[Number(month) - 1], day: Number(day) };
}

/** `29 Nov`; with the year if it is not that of `today`. */
export function dayText(date: LocalDate, today: LocalDate): string {
  const { year, month, day } = partsOf(date);
  return `${day} ${month}${year === partsOf(today).year ? '' : ` ${year}`}`;
}

/** Of two dates, both inclusive. */
function daysText(first: LocalDate, last: LocalDate, today: LocalDate): string {
  if (first === last) return dayText(first, today);
  const [from, to] = [partsOf(first), partsOf(last)];
  if (from.year !== to.year) return `${dayText(first, '')} – ${dayText(last, '')}`;
  if (from.month !== to.month) {
    return `${from.day} ${from.month} – ${dayText(last, today)}`;
  }
  return `${from.day} – ${dayText(last, today)}`;
}

/** Of wall clocks; `to` is exclusive, so a midnight belongs to the day before it. */
export function datesText({ from, to }: Dates, today: LocalDate): string {
  const [start, end] = [timeOf(from), timeOf(to)];
  const [first, last] = [dateOf(from), dateOf(to)];
  if (start === '00:00') {
    if (end === '00:00') return daysText(first, addDays(last, -1), today);
    return `${daysText(first, last, today)}, up to ${end}`;
  }
  if (first === last) return `${dayText(first, today)} ${start} – ${end}`;
  return `${dayText(first, today)} ${start} – ${dayText(last, today)} ${end}`;
}

/** The name of a preset, or the dates. */
export const rangeText = (range: Range, today: LocalDate): string =>
  typeof range === 'string' ? PRESETS[range] : datesText(range, today);

export function spanText({ from, to }: Span, zone: string, now: number): string {
  const today = dateOf(toLocal(now, zone));
  if (from === undefined) return `up to ${dayText(dateOf(toLocal(to, zone)), today)}`;
  return datesText({ from: toLocal(from, zone), to: toLocal(to, zone) }, today);
}
