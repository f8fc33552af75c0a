// What a bucket says: its rows in stack order, its remarks, and the same as a sentence for screen readers.
import type { ChartSeries } from './layout';
import type { TimeChartProps } from './TimeChart';

type Reading = Pick<
  TimeChartProps,
  'buckets' | 'series' | 'form' | 'valueText' | 'totalText' | 'notes' | 'marks'
>;

export interface ReadingRow {
  series: ChartSeries;
  text: string;
  share?: string;
}

const THIN_SPACE = '\u2009';

/** Non-zero groups, the top of the stack first, so that rows and segments have the same order. */
export function rowsOf({ series, form, valueText }: Reading, bucket: number): ReadingRow[] {
  const total = series.reduce((sum, { values }) => sum + Math.max(0, values[bucket] ?? 0), 0);
  const rows = series.map((one, index) => {
    const value = one.values[bucket] ?? 0;
    const share = form === 'lines' || total === 0 ? undefined : percent(value / total);
    return { series: one, value, text: valueText(index, bucket), share };
  });
  const shown = rows.filter(({ value }) => value !== 0);
  if (form === 'lines') return shown.sort((left, right) => right.value - left.value);
  return shown.reverse();
}

export function remarksOf({ buckets, marks = [] }: Reading, bucket: number): string[] {
  const { partial, flag } = buckets[bucket] ?? {};
  const remarks = [flag && `${flag} day`, partial === 'cut' ? 'cut by the range' : partial];
  const events = marks.filter((mark) => mark.bucket === bucket).map(({ text }) => text);
  return [...remarks, ...events].filter(
    (remark) => remark !== undefined && remark !== '',
  ) as string[];
}

export function sentenceOf(reading: Reading, bucket: number, group: number | undefined): string {
  const { buckets, series, totalText, valueText, notes } = reading;
  const name = buckets[bucket]?.name ?? '';
  const chosen = group === undefined ? undefined : series[group];
  if (group !== undefined && chosen) return `${name}: ${chosen.name} ${valueText(group, bucket)}.`;
  const rows = rowsOf(reading, bucket).slice(0, 10);
  return [
    [name, ...remarksOf(reading, bucket)].join(', '),
    totalText && `total ${totalText(bucket)}`,
    ...rows.map((row) => `${row.series.name} ${row.text}`),
    ...(notes?.(bucket) ?? []),
  ]
    .filter(Boolean)
    .join('; ');
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)}${THIN_SPACE}%`;
