// Between a range with an exclusive end and what fields and calendars hold.
import type { PickedDates } from './DateRangePicker';

/** First and last day, both inclusive. */
export type PickedDays = [string | null, string | null];

const DAY_MS = 86_400_000;

const addDays = (date: string, days: number) =>
  new Date(Date.parse(`${date}T00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** `2026-11-01` as the value of a datetime-local field. */
export const toField = (local: string) => (local.length === 10 ? `${local}T00:00` : local);

export function toPicked(dates: PickedDates | undefined): PickedDays {
  if (!dates || !isOrdered(dates)) return [null, null];
  const { from, to } = dates;
  const endsAtMidnight = toField(to).endsWith('T00:00');
  return [from.slice(0, 10), endsAtMidnight ? addDays(to.slice(0, 10), -1) : to.slice(0, 10)];
}

/** Undefined while only the first day is picked. */
export function fromPicked([first, last]: PickedDays): PickedDates | undefined {
  if (first === null || last === null) return undefined;
  return { from: first, to: addDays(last, 1) };
}

export const isOrdered = ({ from, to }: PickedDates) =>
  from !== '' && to !== '' && toField(from) < toField(to);
