// Calendar arithmetic in IANA time zones, on Intl alone: browsers lack Temporal, and a library would cost 13 kB.

/** `2026-11-01T17:10`, or `2026-11-01` for midnight: a wall clock in some zone. */
export type LocalDateTime = string;
/** `2026-11-01`. */
export type LocalDate = string;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOCAL = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2})?$/;

const formatters = new Map<string, Intl.DateTimeFormat>();

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function isZone(name: string): boolean {
  // Offsets such as +01:00 are accepted by Intl but are no zones: they have no daylight saving time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The shortest form of a wall clock, or undefined if it is none or the date does not exist. */
export function parseLocal(text: string): LocalDateTime | undefined {
  if (!LOCAL.test(text)) return undefined;
  const ms = wallClock(text);
  if (Number.isNaN(ms) || !isoMinute(ms).startsWith(text) || text < '1000') return undefined;
  return shortest(isoMinute(ms));
}

/** Offset from UTC, in milliseconds, east positive. */
export function offsetAt(instant: number, zone: string): number {
  const fields: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) {
    fields[type] = Number(value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  const whole = Math.floor(instant / 1000) * 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

/** The wall clock at an instant, cut to the minute. */
export function toLocal(instant: number, zone: string): LocalDateTime {
  return shortest(isoMinute(instant + offsetAt(instant, zone)));
}

/**
 * The instant of a wall clock. A time that a clock change skips becomes the time after it by as much; of a time that
 * happens twice, the first is meant.
 */
export function toInstant(local: LocalDateTime, zone: string): number {
  const wall = wallClock(local);
  const before = wall - offsetAt(wall - DAY_MS, zone);
  const after = wall - offsetAt(wall + DAY_MS, zone);
  const matches = [before, after].filter((at) => at + offsetAt(at, zone) === wall);
  return matches.length > 0 ? Math.min(...matches) : before;
}

export const dateOf = (local: LocalDateTime): LocalDate => local.slice(0, 10);
export const timeOf = (local: LocalDateTime): string => local.slice(11) || '00:00';
export const atTime = (date: LocalDate, time: string): LocalDateTime => shortest(`${date}T${time}`);

export function addDays(local: LocalDateTime, days: number): LocalDateTime {
  return shortest(isoMinute(wallClock(local) + days * DAY_MS));
}

/** Moves by months; a day that the month lacks becomes its last day. */
export function addMonths(local: LocalDateTime, months: number): LocalDateTime {
  const [year = 0, month = 1, day = 1] = dateOf(local).split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  const date = `${first.toISOString().slice(0, 8)}${String(Math.min(day, last)).padStart(2, '0')}`;
  return atTime(date, timeOf(local));
}

export const startOfMonth = (local: LocalDateTime): LocalDate => `${local.slice(0, 8)}01`;

/** Whole days between two wall clocks, rounded down. */
export function daysBetween(from: LocalDateTime, to: LocalDateTime): number {
  return Math.floor((wallClock(to) - wallClock(from)) / DAY_MS);
}

/** 0 is Sunday. */
export const weekdayOf = (local: LocalDateTime): number => new Date(wallClock(local)).getUTCDay();

/** 24, but 23 or 25 where the clocks change, and 0 for a day that a zone skipped. */
export function hoursOfDay(date: LocalDate, zone: string): number {
  const hours = toInstant(addDays(date, 1), zone) - toInstant(date, zone);
  return hours / (60 * MINUTE_MS);
}

/** `+01:00`. */
export function offsetText(instant: number, zone: string): string {
  const minutes = Math.round(offsetAt(instant, zone) / MINUTE_MS);
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `Berlin` of `Europe/Berlin`. */
export const cityOf = (zone: string): string =>
  (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');

/** All zones of this browser, UTC first. */
export function listZones(): string[] {
  const names = Intl.supportedValuesOf('timeZone').filter((name) => name !== 'UTC');
  return ['UTC', ...names];
}

/** Time up to the next full minute; a full minute stays. */
export const nextMinute = (instant: number): number => Math.ceil(instant / MINUTE_MS) * MINUTE_MS;

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** A wall clock read as if it were UTC, so that calendar arithmetic is plain arithmetic. */
const wallClock = (local: LocalDateTime): number =>
  Date.parse(local.length === 10 ? `${local}T00:00Z` : `${local}Z`);

const isoMinute = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

const shortest = (local: string): LocalDateTime =>
  local.endsWith('T00:00') ? local.slice(0, 10) : local;
