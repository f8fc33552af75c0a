import { expect, it } from 'vitest';
import { fileName, toCsv } from './csv';

const column = (name: string) => ({
  name,
  value: (row: Record<string, string | number | null>) => row[name],
});

it('keeps text from running as a formula, and numbers as numbers', () => {
  const rows = ['=1+1', '+1', '-1', '@x', '\tx', '\rx', '-0.25', '- 1', 'a=b', ''].map((text) => ({
    text,
  }));
  expect(toCsv([column('text')], rows)).toBe(
    ['text', "'=1+1", "'+1", '-1', "'@x", "'\tx", `"'\rx"`, '-0.25', "'- 1", 'a=b', '', ''].join(
      '\r\n',
    ),
  );
});

it('quotes commas, quotes and line breaks, and leaves the unknown empty', () => {
  const csv = toCsv([column('a'), column('b')], [{ a: 'x, "y"\nz', b: null }]);
  expect(csv).toBe('a,b\r\n"x, ""y""\nz",\r\n');
});

it('names files after what they hold', () => {
  expect(
    fileName(['spend', 'by model', undefined, '2026-10-31', 'Europe/Berlin', '../x'], 'csv'),
  ).toBe('tokenmeter_spend_by-model_2026-10-31_Europe-Berlin_..-x.csv');
});
