// CSV from the answers on screen: exact decimals, and no cell that a spreadsheet would run as a formula.

export type CsvValue = string | number | boolean | null | undefined;

export interface CsvColumn<Row> {
  name: string;
  value: (row: Row) => CsvValue;
}

/** RFC 4180, with a header. */
export function toCsv<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ name }) => name),
    ...rows.map((row) => columns.map(({ value }) => value(row))),
  ];
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('');
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;

function cell(value: CsvValue): string {
  if (value == null) return '';
  const text = String(value);
  const isNumber = typeof value !== 'string' || NUMBER.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `tokenmeter_spend_by-model_2026-10-31_2026-11-30_Europe-Berlin_billed.csv`. */
export function fileName(parts: readonly (string | undefined)[], extension: string): string {
  const words = parts
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/[^\p{L}\p{N}.-]+/gu, '-').replace(/^-+|-+$/g, ''));
  return `${['tokenmeter', ...words.filter((word) => word !== '')].join('_')}.${extension}`;
}
