// Columns of the table. The first figure is the metric of the chart.
import { formatPercent, formatShare } from '../../lib/format';
import {
  exactValue,
  isAdditive,
  METRICS,
  type Metric,
  PERCENTILES,
  type Sums,
  timeMetric,
  timeOf,
} from '../../lib/metrics';
import { columnDecimals, formatMoney, toDecimal } from '../../lib/money';
import { Count } from '../../ui/Count';
import type { Column } from '../../ui/DataTable';
import { Sparkline } from '../../ui/Sparkline';
import classes from './Explore.module.css';
import { Figure, MetricChange } from './Figures';
import { type ExploreRow, perThousandCalls, shareOf, sortValueOf } from './rows';

interface ColumnOptions {
  metric: Metric;
  /** Names of the groups: "Model / Label". */
  header: string;
  total: Sums;
  totalBefore: Sums | undefined;
  /** All calls as one group, for what cannot be added. */
  whole: Sums | undefined;
  rows: readonly ExploreRow[];
  name: (row: ExploreRow) => React.ReactNode;
  trend: (row: ExploreRow) => { values: number[]; color: string } | undefined;
}

export function exploreColumns(options: ColumnOptions): Column<ExploreRow>[] {
  const { metric, header, total, totalBefore, whole, name, trend } = options;
  const decimals = decimalsOf(options.rows, total);
  const all = exactValue(total, metric);
  const figure = (of: Metric, rest: Partial<Column<ExploreRow>> = {}): Column<ExploreRow> => ({
    id: of,
    header: METRICS[of].replace(/ (tokens|calls)$/, ''),
    align: 'end',
    sortValue: (row) => sortValueOf(row, of),
    cell: (row) => <Figure sums={row.sums} metric={of} decimals={decimals} />,
    footer: isAdditive(of) ? (
      <Figure sums={total} metric={of} decimals={decimals} />
    ) : (
      whole && <Figure sums={whole} metric={of} decimals={decimals} />
    ),
    phone: 'hidden',
    ...rest,
  });
  const others = (['spend', 'calls', 'input', 'output'] as const).filter((of) => of !== metric);
  return [
    {
      id: 'name',
      header,
      cell: name,
      footer: 'Total',
      phone: 'title',
      sortValue: (row) => row.name,
    },
    figure(metric, { phone: 'value' }),
    ...(total.unpriced_calls > 0 ? [unpricedColumn(total)] : []),
    ...(isAdditive(metric)
      ? [
          {
            id: 'share',
            header: 'Share',
            align: 'end' as const,
            cell: (row: ExploreRow) => percent(shareOf(exactValue(row.sums, metric), all)),
            footer: all === null || all === 0n ? '' : percent(1),
          },
        ]
      : []),
    {
      id: 'change',
      header: 'Change',
      hint: 'Against the period before',
      align: 'end',
      cell: (row) => <MetricChange now={row.sums} before={row.before} metric={metric} />,
      footer: <MetricChange now={total} before={totalBefore} metric={metric} />,
    },
    ...others.map((of) =>
      figure(
        of,
        of === 'calls'
          ? {
              phone: 'detail',
              phoneUnit: ({ sums }) => callUnit(sums),
              footerUnit: callUnit(total),
            }
          : {},
      ),
    ),
    {
      id: 'per_1k',
      header: '$/1k calls',
      hint: 'Spend for a thousand priced calls',
      align: 'end',
      phone: 'hidden',
      sortValue: ({ sums }) => perThousandCalls(sums),
      cell: ({ sums }) => money(perThousandCalls(sums)),
      footer: money(perThousandCalls(total)),
    },
    ...(metric === 'failed' ? [failureColumn(total)] : []),
    ...otherTimes(metric).map(({ of, header }) => figure(of, { header })),
    {
      id: 'trend',
      header: 'Trend',
      align: 'end',
      phone: 'hidden',
      cell: (row) => {
        const line = trend(row);
        return line && <Sparkline {...line} />;
      },
    },
  ];
}

/** Three digits of the smallest amount, but no more than a reader compares: all digits are in the title. */
function decimalsOf(rows: readonly ExploreRow[], total: Sums): number {
  const size = Number(total.cost_usd ?? 0);
  const most = size >= 100 ? 2 : size >= 1 ? 4 : 6;
  return Math.min(most, columnDecimals(rows.map(({ sums }) => sums.cost_usd)));
}

/** Beside a percentile the others of the same time; else how long calls take. */
function otherTimes(metric: Metric) {
  const time = timeOf(metric);
  if (!time) return [{ of: 'latency' as const, header: 'p95' }];
  return PERCENTILES.filter((percentile) => percentile !== time.percentile).map((percentile) => ({
    of: timeMetric(time.kind, percentile),
    header: percentile,
  }));
}

const failureColumn = (total: Sums): Column<ExploreRow> => ({
  id: 'rate',
  header: 'Rate',
  hint: 'Failed calls of all calls of the group',
  align: 'end',
  phoneUnit: 'of its calls',
  sortValue: ({ sums }) => (sums.calls === 0 ? null : sums.failed_calls / sums.calls),
  cell: ({ sums }) => formatShare(sums.failed_calls, sums.calls),
  footer: formatShare(total.failed_calls, total.calls),
});

const unpricedColumn = (total: Sums): Column<ExploreRow> => ({
  id: 'unpriced',
  header: 'Unpriced',
  hint: 'Calls whose price is unknown: spend leaves them out',
  align: 'end',
  phoneUnit: 'unpriced',
  sortValue: ({ sums }) => sums.unpriced_calls,
  cell: ({ sums }) => <Unpriced calls={sums.unpriced_calls} />,
  footer: <Unpriced calls={total.unpriced_calls} />,
  footerUnit: 'unpriced',
});

const Unpriced = ({ calls }: { calls: number }) =>
  calls > 0 && (
    <span className={classes.unpriced}>
      <Count value={calls} />
    </span>
  );

const callUnit = ({ calls }: Sums) => (calls === 1 ? 'call' : 'calls');
const percent = (share: number | undefined) => (share === undefined ? '–' : formatPercent(share));
const money = (pico: bigint | null) => (pico === null ? '–' : formatMoney(toDecimal(pico)));
