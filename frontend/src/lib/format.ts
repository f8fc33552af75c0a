// Formats counts, rates, durations and instants for display. The locale is fixed, so that reports look alike for all.
import { cityOf, offsetText } from './zone';

const THIN_SPACE = '\u2009';
const counts = new Intl.NumberFormat('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

export const formatCount = (count: number) => counts.format(count);

/** Exact up to six digits, compact beyond. */
export const formatCompact = (count: number) =>
  Math.abs(count) < 1_000_000 ? counts.format(count) : compact.format(count);

/** `1.6 %` of a share between 0 and 1. */
export function formatPercent(share: number): string {
  if (share > 0 && share < 0.0005) return `< 0.1${THIN_SPACE}%`;
  return `${(share * 100).toFixed(1)}${THIN_SPACE}%`;
}

export const formatShare = (part: number, whole: number) =>
  formatPercent(whole === 0 ? 0 : part / whole);

/** `1 call`, `2 calls`. */
export const formatNumberOf = (count: number, one: string, many = `${one}s`) =>
  `${formatCompact(count)} ${count === 1 ? one : many}`;

/** `234 ms`, `19.7 s`, `2 min 05 s`, `3 h 00 min`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms == null) return '–';
  if (ms < 10) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pairOf(seconds, 'min', 's');
  return pairOf(Math.round(seconds / 60), 'h', 'min');
}

const pairOf = (small: number, bigUnit: string, smallUnit: string) =>
  `${Math.floor(small / 60)} ${bigUnit} ${String(small % 60).padStart(2, '0')} ${smallUnit}`;

/** A period that people choose: `3 h`, `7 days`, `90 min`. */
export function formatPeriod(seconds: number): string {
  if (seconds > 0 && seconds % 86_400 === 0) return formatNumberOf(seconds / 86_400, 'day');
  return seconds > 0 && seconds % 3600 === 0
    ? `${seconds / 3600} h`
    : formatDuration(seconds * 1000);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string | undefined, options: Intl.DateTimeFormatOptions) {
  const name = JSON.stringify([zone, options]);
  let formatter = formatters.get(name);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone, hourCycle: 'h23' });
    formatters.set(name, formatter);
  }
  return formatter;
}

type InstantLike = string | number | Date;

const CLOCK = { hour: '2-digit', minute: '2-digit' } as const;

function parts(instant: Date, zone: string | undefined, options: Intl.DateTimeFormatOptions) {
  const found: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of formatterOf(zone, options).formatToParts(instant)) {
    found[type] = value;
  }
  return found;
}

/** Of the months, en-GB alone writes four letters for one of them: `Sept`. */
const month = (text: string | undefined) => text?.slice(0, 3) ?? '';

/** `29 Nov`, with the year if it is not this one. */
export function formatDay(instant: InstantLike, zone?: string, now: InstantLike = Date.now()) {
  const options = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  const at = parts(new Date(instant), zone, options);
  const isThisYear = at.year === parts(new Date(now), zone, options).year;
  return `${at.day} ${month(at.month)}${isThisYear ? '' : ` ${at.year}`}`;
}

/** `Mon`. */
export const formatWeekday = (instant: InstantLike, zone?: string): string =>
  formatterOf(zone, { weekday: 'short' }).format(new Date(instant));

/** `16:57:20`, or `16:57` without seconds. */
export function formatClock(instant: InstantLike, zone?: string, seconds = true): string {
  return formatterOf(zone, seconds ? { ...CLOCK, second: '2-digit' } : CLOCK).format(
    new Date(instant),
  );
}

/** `29 Nov 16:57:20`, in the reader's own zone unless one is given. */
export function formatInstant(instant: InstantLike, zone?: string, now?: InstantLike): string {
  return `${formatDay(instant, zone, now)} ${formatClock(instant, zone)}`;
}

/** `29 Nov 16:57`. */
export function formatMinute(instant: InstantLike, zone?: string, now?: InstantLike): string {
  return `${formatDay(instant, zone, now)} ${formatClock(instant, zone, false)}`;
}

/** The exact instant with the zone it is shown in, for a title: `2026-11-29T15:57:20Z · shown in Berlin +01:00`. */
export function instantTitle(instant: InstantLike, zone?: string): string {
  const at = new Date(instant);
  const text = typeof instant === 'string' ? instant : at.toISOString();
  return zone ? `${text} · shown in ${zoneText(zone, at.getTime())}` : text;
}

/** `Berlin +01:00`; `UTC`. */
export function zoneText(zone: string, instant = Date.now()): string {
  return zone === 'UTC' ? 'UTC' : `${cityOf(zone)} ${offsetText(instant, zone)}`;
}

/** `2 min ago`, for "last used" only. */
export function formatAgo(instant: InstantLike, now: InstantLike = Date.now()): string {
  const seconds = Math.round((new Date(now).getTime() - new Date(instant).getTime()) / 1000);
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${formatNumberOf(Math.floor(seconds / 86_400), 'day')} ago`;
}
