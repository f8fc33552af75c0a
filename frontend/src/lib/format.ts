// Formats counts, durations and instants for display.

const counts = new Intl.NumberFormat('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const instants = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

export const formatCount = (count: number) => counts.format(count);

/** Exact up to six digits, compact beyond. */
export const formatCompact = (count: number) =>
  count < 1_000_000 ? counts.format(count) : compact.format(count);

export const formatShare = (part: number, whole: number) =>
  percents.format(whole === 0 ? 0 : part / whole);

export function formatDuration(ms: number | null | undefined): string {
  if (ms == null) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** In the reader's own time zone. */
export function formatInstant(instant: string): string {
  return instants.format(new Date(instant));
}
