// The table as CSV.
import type { Dim } from '../../api/params';
import { type CsvColumn, toCsv } from '../../lib/csv';
import { type ExportFacts, groupColumn, reportColumns } from '../../lib/usageCsv';
import type { ExploreRow } from './rows';

export function tableCsv(rows: readonly ExploreRow[], by: Dim, facts: ExportFacts): string {
  const names: CsvColumn<ExploreRow>[] = [
    { name: groupColumn(by), value: ({ value }) => value },
    ...(by === 'key' ? [{ name: 'key_name', value: ({ name }: ExploreRow) => name }] : []),
  ];
  return toCsv([...names, ...reportColumns(rows, facts)], rows);
}
