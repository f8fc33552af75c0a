// The table and the chart as CSV, from the very answers on screen, with exact decimals.
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import { type CsvColumn, fileName, toCsv } from '../../lib/csv';
import { groupName, groupValue, type KeyNames } from '../../lib/groups';
import type { Metric, Sums } from '../../lib/metrics';
import { dateOf, toLocal } from '../../lib/zone';
import type { ExploreRow } from './rows';

export interface ExportFacts {
  tz: string;
  from: string | undefined;
  to: string | undefined;
  cost: 'billed' | 'current';
}

type SumRow = { sums: Sums };

function sumColumns<Row extends SumRow>(): CsvColumn<Row>[] {
  const count = (name: keyof Sums): CsvColumn<Row> => ({ name, value: ({ sums }) => sums[name] });
  return [
    count('cost_usd'),
    count('unpriced_calls'),
    count('estimated_calls'),
    count('calls'),
    count('failed_calls'),
    count('total_input_tokens'),
    count('total_cached_tokens'),
    count('total_output_tokens'),
    count('total_reasoning_tokens'),
    count('latency_p50_ms'),
    count('latency_p95_ms'),
  ];
}

const factColumns = <Row>({ tz, from, to, cost }: ExportFacts): CsvColumn<Row>[] =>
  Object.entries({ tz, from, to, cost_basis: cost }).map(([name, value]) => ({
    name,
    value: () => value,
  }));

const column = (by: Dim) => (by === 'label' ? 'user_label' : by === 'key' ? 'key_id' : by);

export function tableCsv(rows: readonly ExploreRow[], by: Dim, facts: ExportFacts): string {
  const names: CsvColumn<ExploreRow>[] = [
    { name: column(by), value: ({ value }) => value },
    ...(by === 'key' ? [{ name: 'key_name', value: ({ name }: ExploreRow) => name }] : []),
  ];
  return toCsv([...names, ...sumColumns<ExploreRow>(), ...factColumns<ExploreRow>(facts)], rows);
}

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
    { name: column(by), value: ({ value }) => value },
    ...(by === 'key' ? [{ name: 'key_name', value: ({ name }: PointRow) => name }] : []),
  ];
  return toCsv([...names, ...sumColumns<PointRow>(), ...factColumns<PointRow>(facts)], rows);
}

/** By the calendar of the view, as the range was chosen. */
const day = (instant: string | undefined, zone: string) =>
  instant && dateOf(toLocal(Date.parse(instant), zone));

export const exportName = (metric: Metric, by: Dim, { tz, from, to, cost }: ExportFacts) =>
  fileName(
    [metric, `by-${by}`, day(from, tz) ?? 'start', day(to, tz), tz.replace('/', '-'), cost],
    'csv',
  );
