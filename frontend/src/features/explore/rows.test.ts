import { describe, expect, it } from 'vitest';
import { isSubject } from '../../api/useCap';
import { addSums } from '../../lib/metrics';
import { exportName } from '../../lib/usageCsv';
import { summaryRow } from '../../test/api';
import { tableCsv } from './exports';
import { agrees, exploreRows, foldRows, perThousandCalls, shareOf } from './rows';

const ROWS = [
  summaryRow({ model: 'a', cost_usd: '0.1', calls: 10 }),
  summaryRow({ model: 'b', cost_usd: '0.2', calls: 20 }),
  summaryRow({ model: 'c', cost_usd: null, calls: 3, unpriced_calls: 3 }),
  summaryRow({ model: '=1+1', cost_usd: '0.000000000001', calls: 1 }),
];
const rows = exploreRows(ROWS, { by: 'model', before: [ROWS[0] ?? summaryRow()], keys: undefined });

describe('rows', () => {
  it('a group without calls before had none, which is known', () => {
    expect(rows.map(({ before }) => before?.calls)).toEqual([10, 0, 0, 0]);
    const alone = exploreRows(ROWS, { by: 'model', before: undefined, keys: undefined });
    expect(alone[0]?.before).toBeUndefined();
  });

  it('folding keeps the sum to the last digit', () => {
    const folded = foldRows(rows, 2);
    expect(folded.map(({ name }) => name)).toEqual(['a', 'b', '2 others']);
    expect(addSums(folded.map(({ sums }) => sums))).toEqual(addSums(ROWS));
    expect(
      agrees(
        folded.map(({ sums }) => sums),
        addSums(ROWS),
      ),
    ).toBe(true);
    // One row is no rest.
    expect(foldRows(rows, 3)).toHaveLength(4);
  });

  it('a pico-dollar is a difference', () => {
    expect(agrees(ROWS, { ...addSums(ROWS), cost_usd: '0.3' })).toBe(false);
  });

  it('shares and cost for a thousand calls leave unknown prices out', () => {
    expect(shareOf(1n, 4n)).toBe(0.25);
    expect([shareOf(null, 4n), shareOf(1n, 0n)]).toEqual([undefined, undefined]);
    expect(perThousandCalls(addSums([ROWS[0] ?? summaryRow()]))).toBe(10_000_000_000_000n);
    expect(perThousandCalls(ROWS[2] ?? summaryRow())).toBeNull();
  });
});

describe('exports', () => {
  const facts = {
    tz: 'Europe/Berlin',
    from: '2026-10-31T23:00:00Z',
    to: '2026-11-30T01:00:00Z',
    cost: 'billed',
  } as const;

  it('has exact decimals, says what it is, and holds no formula', () => {
    const lines = tableCsv(rows, 'model', facts).trim().split('\r\n');
    expect(lines[0]).toMatch(
      /^model,cost_usd,unpriced_calls,estimated_calls,.*,tz,from,to,cost_basis$/,
    );
    expect(lines[1]).toMatch(/^a,0\.1,0,0,10,.*,Europe\/Berlin,2026-10-31T23:00:00Z,.*,billed$/);
    expect(lines[3]).toMatch(/^c,,3,/);
    expect(lines[4]).toMatch(/^'=1\+1,0\.000000000001,/);
  });

  it('is named by what it holds', () => {
    expect(exportName('spend', 'model', facts)).toBe(
      'tokenmeter_spend_by-model_2026-11-01_2026-11-30_Europe-Berlin_billed.csv',
    );
  });
});

it('a limit is drawn only over exactly what it counts', () => {
  const view = {
    range: 'month',
    tz: 'UTC',
    label: ['a'],
    provider: [],
    model: [],
    key: [],
    tag: {},
    cost: 'billed',
    compare: 'before',
  } as const;
  const of = (kind: string, id?: string, change = {}) =>
    isSubject(
      { kind, id },
      {
        ...structuredClone(view),
        label: ['a'],
        provider: [],
        model: [],
        key: [],
        tag: {},
        ...change,
      },
    );
  expect(of('label', 'a')).toBe(true);
  expect(of('label', 'b')).toBe(false);
  expect(of('global')).toBe(false);
  expect(of('global', undefined, { label: [] })).toBe(true);
  expect(of('label', 'a', { model: ['m'] })).toBe(false);
  expect(of('tag', 'env=x', { label: [], tag: { env: ['x'] } })).toBe(true);
});
