// Reports as CSV, from the very answers on screen, with exact decimals.
import type { Dim } from '../api/params';
import type { Timeseries } from '../api/usage';
import { type CsvColumn, fileName, toCsv } from './csv';
import { groupName, groupValue, type KeyNames } from './groups';
import { type Metric, PERCENTILES, type Sums } from './metrics';
import { dateOf, toLocal } from './zone';

export interface ExportFacts {
  tz: string;
  from: string | undefined;
  to: string | undefined;
  cost: 'billed' | 'current';
}

interface SumRow {
  sums: Sums;
}

const FIELDS = [
  'cost_usd',
  'unpriced_calls',
  'estimated_calls',
  'calls',
  'failed_calls',
  'total_input_tokens',
  'total_cached_tokens',
  'total_output_tokens',
  'total_reasoning_tokens',
  'latency_p50_ms',
  'latency_p95_ms',
] as const satisfies readonly (keyof Sums)[];

const TIMES = ['latency_ms', 'first_byte_ms', 'overhead_ms'] as const;

/** Only what the answer has: percentiles are left out where a chart shows none. */
function sumColumns<Row extends SumRow>(rows: readonly Row[]): CsvColumn<Row>[] {
  const first = rows[0]?.sums;
  const sums = FIELDS.filter((name) => first === undefined || first[name] !== undefined);
  const times = first?.details ? TIMES : [];
  return [
    ...sums.map((name): CsvColumn<Row> => ({ name, value: (row) => row.sums[name] })),
    ...times
      .flatMap((time) =>
        PERCENTILES.map(
          (percentile): CsvColumn<Row> => ({
            name: time.replace('_ms', `_${percentile}_ms`),
            value: (row) => row.sums.details?.[time][percentile],
          }),
        ),
      )
      .filter(({ name }) => !(sums as readonly string[]).includes(name)),
  ];
}

const factColumns = <Row>({ tz, from, to, cost }: ExportFacts): CsvColumn<Row>[] =>
  Object.entries({ tz, from, to, cost_basis: cost }).map(([name, value]) => ({
    name,
    value: () => value,
  }));

/** The columns of a group's sums, and what they are sums of. */
export const reportColumns = <Row extends SumRow>(
  rows: readonly Row[],
  facts: ExportFacts,
): CsvColumn<Row>[] => [...sumColumns(rows), ...factColumns<Row>(facts)];

export const groupColumn = (by: Dim) =>
  by === 'label' ? 'user_label' : by === 'key' ? 'key_id' : by;

interface PointRow extends SumRow {
  start: string;
  value: string | null;
  name: string;
}

export function chartCsv(
  answer: Timeseries,
  by: Dim,
  keys: KeyNames | undefined,
  facts: ExportFacts,
): string {
  const rows = answer.series.flatMap(({ group, is_other: isOther, points }) => {
    const value = isOther ? 'other' : groupValue(group, by);
    const name = isOther ? 'other' : groupName(by, value, group, keys);
    return points.map((sums): PointRow => ({ start: sums.start, value, name, sums }));
  });
  const names: CsvColumn<PointRow>[] = [
    { name: 'start', value: ({ start }) => start },
    { name: 'interval', value: () => answer.interval },
    { name: groupColumn(by), value: ({ value }) => value },
    ...(by === 'key' ? [{ name: 'key_name', value: ({ name }: PointRow) => name }] : []),
  ];
  return toCsv([...names, ...reportColumns(rows, facts)], rows);
}

/** By the calendar of the view, as the range was chosen. */
const day = (instant: string | undefined, zone: string) =>
  instant && dateOf(toLocal(Date.parse(instant), zone));

export const exportName = (metric: Metric, by: Dim, { tz, from, to, cost }: ExportFacts) =>
  fileName(
    [metric, `by-${by}`, day(from, tz) ?? 'start', day(to, tz), tz.replace('/', '-'), cost],
    'csv',
  );
