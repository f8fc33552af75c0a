// The columns of the summary: cells, sorting and totals.
import {
  createColumnHelper,
  createSortedRowModel,
  metaHelper,
  rowSortingFeature,
  sortFn_basic,
  sortFn_text,
  tableFeatures,
} from '@tanstack/react-table';
import { formatCount, formatDuration, formatInstant } from '../../lib/format';
import { compareUsd, type UsdAmount } from '../../lib/money';
import { Money } from '../../ui/Money';
import type { SummaryRow } from './queries';
import classes from './SummaryTable.module.css';
import type { Totals } from './totals';

interface TableMeta {
  totals: Totals;
  /** Decimals of the longest amount, so that decimal points align. */
  costDecimals: number;
}

export const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic, text: sortFn_text },
  tableMeta: metaHelper<TableMeta>(),
  columnMeta: metaHelper<{ isNumber: boolean }>(),
});

const helper = createColumnHelper<typeof features, SummaryRow>();

const text = { meta: { isNumber: false }, sortFn: 'text', sortDescFirst: false } as const;
const number = {
  meta: { isNumber: true },
  sortFn: 'basic',
  sortDescFirst: true,
  sortUndefined: 'last',
} as const;

type SummedField = Exclude<keyof Totals, 'cost_usd'>;

const count = (field: SummedField, header: string) =>
  helper.accessor((row) => row[field], {
    ...number,
    id: field,
    header,
    cell: (cell) => <Count value={cell.getValue()} />,
    footer: ({ table }) => formatCount(table.options.meta?.totals[field] ?? 0),
  });

const latency = (field: 'latency_p50_ms' | 'latency_p95_ms', header: string) =>
  helper.accessor((row) => row[field] ?? undefined, {
    ...number,
    id: field,
    header,
    cell: (cell) => formatDuration(cell.getValue()),
  });

export const columns = helper.columns([
  helper.accessor((row) => row.model ?? '–', {
    ...text,
    id: 'model',
    header: 'Model',
    footer: 'Total',
  }),
  helper.accessor((row) => row.user_label ?? '–', { ...text, id: 'user_label', header: 'Label' }),
  count('calls', 'Calls'),
  helper.accessor((row) => row.failed_calls, {
    ...number,
    id: 'failed_calls',
    header: 'Failed',
    cell: (cell) => (
      <span className={cell.getValue() > 0 ? classes.failed : undefined}>
        <Count value={cell.getValue()} />
      </span>
    ),
    footer: ({ table }) => formatCount(table.options.meta?.totals.failed_calls ?? 0),
  }),
  count('total_input_tokens', 'Input'),
  count('total_cached_tokens', 'Cached'),
  count('total_output_tokens', 'Output'),
  count('total_reasoning_tokens', 'Reasoning'),
  helper.accessor((row) => row.cost_usd ?? undefined, {
    ...number,
    id: 'cost_usd',
    header: 'Cost',
    sortFn: (left, right, id) => compareUsd(left.getValue<string>(id), right.getValue<string>(id)),
    cell: ({ row, table }) => (
      <Cost
        amount={row.original.cost_usd}
        unpriced={row.original.unpriced_calls}
        decimals={table.options.meta?.costDecimals}
      />
    ),
    footer: ({ table }) => (
      <Cost
        amount={table.options.meta?.totals.cost_usd}
        unpriced={table.options.meta?.totals.unpriced_calls ?? 0}
        decimals={table.options.meta?.costDecimals}
      />
    ),
  }),
  latency('latency_p50_ms', 'p50'),
  latency('latency_p95_ms', 'p95'),
  helper.accessor((row) => row.last_call_at ?? undefined, {
    ...number,
    id: 'last_call_at',
    header: 'Last call',
    cell: (cell) => <Instant value={cell.getValue()} />,
  }),
]);

/** Zeros are dimmed, so that other counts stand out. */
function Count({ value }: { value: number }) {
  return <span className={value === 0 ? classes.nothing : undefined}>{formatCount(value)}</span>;
}

interface CostProps {
  amount: UsdAmount;
  unpriced: number;
  decimals: number | undefined;
}

function Cost({ amount, unpriced, decimals }: CostProps) {
  return (
    <>
      <Money amount={amount} mode={decimals ?? 'exact'} />
      {amount != null && unpriced > 0 && (
        <span className={classes.unpriced}>+ {formatCount(unpriced)} unpriced</span>
      )}
    </>
  );
}

function Instant({ value }: { value: string | undefined }) {
  if (value === undefined) return '–';
  return (
    <time dateTime={value} title={value}>
      {formatInstant(value)}
    </time>
  );
}
