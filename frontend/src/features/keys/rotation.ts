// How long an old secret keeps working after a rotation.
import { formatMinute, formatWeekday, zoneText } from '../../lib/format';

const HOUR = 3600;
const DAY = 24 * HOUR;
export const MAX_GRACE_SECONDS = 30 * DAY;

export const GRACES = [
  { value: '0', label: 'Now' },
  { value: String(HOUR), label: '1 hour' },
  { value: String(DAY), label: '24 hours' },
  { value: String(7 * DAY), label: '7 days' },
  { value: 'until', label: 'Until…' },
] as const;

export type Grace = (typeof GRACES)[number]['value'];

export type GraceChoice = { seconds: number } | { error: string };

/** `until` in milliseconds, where a time is chosen. */
export function graceOf(grace: Grace, until: number | undefined, now: number): GraceChoice {
  if (grace !== 'until') return { seconds: Number(grace) };
  if (until === undefined) return { error: 'Choose a time.' };
  const seconds = Math.round((until - now) / 1000);
  if (seconds <= 0) return { error: 'Choose a time in the future.' };
  if (seconds > MAX_GRACE_SECONDS) return { error: 'Choose a time at most 30 days from now.' };
  return { seconds };
}

/** `The old secret works until Mon 30 Nov 18:10 (Berlin +01:00).` */
export function endOfOldSecret(seconds: number, now: number, zone: string): string {
  if (seconds === 0) return 'The old secret stops working at once: calls that use it are refused.';
  const at = now + seconds * 1000;
  const text = `${formatWeekday(at, zone)} ${formatMinute(at, zone, now)}`;
  return `The old secret works until ${text} (${zoneText(zone, at)}).`;
}
