// Rows of the table: groups with their share and change, the rest as one, and the total of all.
import type { Dim } from '../../api/params';
import type { SummaryRow } from '../../api/usage';
import { groupId, groupName, groupValue, type KeyNames, othersName } from '../../lib/groups';
import {
  addSums,
  exactValue,
  isAdditive,
  type Metric,
  type Sums,
  timeValue,
} from '../../lib/metrics';

export interface ExploreRow {
  id: string;
  /** Null for calls without a value, and for the rest. */
  value: string | null;
  name: string;
  isOther: boolean;
  sums: Sums;
  /** Undefined where nothing is compared. */
  before: Sums | undefined;
}

const NOTHING: Sums = addSums([]);

interface RowOptions {
  by: Dim;
  before: readonly SummaryRow[] | undefined;
  keys: KeyNames | undefined;
}

export function exploreRows(
  rows: readonly SummaryRow[],
  { by, before, keys }: RowOptions,
): ExploreRow[] {
  const earlier = new Map(before?.map((row) => [groupId(groupValue(row, by)), row]));
  return rows.map((row) => {
    const value = groupValue(row, by);
    const id = groupId(value);
    return {
      id,
      value,
      name: groupName(by, value, row, keys),
      isOther: false,
      sums: row,
      before: before && (earlier.get(id) ?? NOTHING),
    };
  });
}

/** The first rows, and the rest as one. */
export function foldRows(rows: readonly ExploreRow[], shown: number): ExploreRow[] {
  // One row folds into no less than one row.
  if (rows.length <= shown + 1) return [...rows];
  const rest = rows.slice(shown);
  const before = rest.flatMap((row) => row.before ?? []);
  return [
    ...rows.slice(0, shown),
    {
      id: 'other',
      value: null,
      name: othersName(rest.length),
      isOther: true,
      sums: addSums(rest.map(({ sums }) => sums)),
      before: before.length > 0 ? addSums(before) : undefined,
    },
  ];
}

/** For sorting: unknown values are null, which sort last. */
export const sortValueOf = (row: ExploreRow, metric: Metric) =>
  isAdditive(metric) ? exactValue(row.sums, metric) : timeValue(row.sums, metric);

/** Part of the total as a share; undefined where it has no meaning. */
export function shareOf(part: bigint | null, whole: bigint | null): number | undefined {
  if (part === null || whole === null || whole <= 0n) return undefined;
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}

/** USD for a thousand calls, for comparing groups of different size. Calls without a price have no part in it. */
export function perThousandCalls({
  cost_usd: cost,
  calls,
  unpriced_calls: unpriced,
}: Sums): bigint | null {
  const priced = BigInt(calls - unpriced);
  if (cost == null || priced <= 0n) return null;
  const pico = exactValue({ ...NOTHING, cost_usd: cost }, 'spend') ?? 0n;
  return (pico * 1000n) / priced;
}

/** Whether rows add up to a total that was asked for by itself, to the last digit. */
export function agrees(rows: readonly Sums[], total: Sums): boolean {
  const sum = addSums(rows);
  const isSame = (metric: Metric) =>
    (exactValue(sum, metric) ?? 0n) === (exactValue(total, metric) ?? 0n);
  return (['spend', 'calls', 'input', 'output', 'failed'] as const).every(isSame);
}
