// Columns of the table. The first figure is the metric of the chart.
import { changeOf } from '../../lib/change';
import { formatCompact, formatDuration, formatPercent } from '../../lib/format';
import {
  exactValue,
  formatExact,
  isAdditive,
  METRICS,
  type Metric,
  type Sums,
} from '../../lib/metrics';
import { columnDecimals, formatMoney, toDecimal } from '../../lib/money';
import { Change } from '../../ui/Change';
import { Count } from '../../ui/Count';
import type { Column } from '../../ui/DataTable';
import { Money } from '../../ui/Money';
import { Sparkline } from '../../ui/Sparkline';
import classes from './Explore.module.css';
import { type ExploreRow, perThousandCalls, shareOf, sortValueOf } from './rows';

interface ColumnOptions {
  metric: Metric;
  /** Names of the groups: "Model / Label". */
  header: string;
  total: Sums;
  totalBefore: Sums | undefined;
  rows: readonly ExploreRow[];
  name: (row: ExploreRow) => React.ReactNode;
  trend: (row: ExploreRow) => { values: number[]; color: string } | undefined;
}

export function exploreColumns(options: ColumnOptions): Column<ExploreRow>[] {
  const { metric, header, total, totalBefore, name, trend } = options;
  const decimals = columnDecimals(options.rows.map(({ sums }) => sums.cost_usd));
  const all = exactValue(total, metric);
  const figure = (of: Metric, rest: Partial<Column<ExploreRow>> = {}): Column<ExploreRow> => ({
    id: of,
    header: METRICS[of].replace(' tokens', '').replace(' calls', ''),
    align: 'end',
    sortValue: (row) => sortValueOf(row, of),
    cell: (row) => <Figure sums={row.sums} metric={of} decimals={decimals} />,
    footer: isAdditive(of) ? <Figure sums={total} metric={of} decimals={decimals} /> : '',
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
      figure(of, of === 'calls' ? { phone: 'detail', phoneUnit: 'calls' } : {}),
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
    ...(metric === 'latency' ? [] : [figure('latency', { header: 'p95' })]),
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

const percent = (share: number | undefined) => (share === undefined ? '–' : formatPercent(share));
const money = (pico: bigint | null) => (pico === null ? '–' : formatMoney(toDecimal(pico)));

interface FigureProps {
  sums: Sums;
  metric: Metric;
  decimals: number;
}

function Figure({ sums, metric, decimals }: FigureProps) {
  if (metric === 'latency') return formatDuration(sums.latency_p95_ms);
  if (metric === 'spend') {
    const amount = sums.calls === 0 ? '0' : sums.cost_usd;
    const unpriced = amount == null ? 0 : sums.unpriced_calls;
    return (
      <>
        <Money amount={amount} mode={decimals} />
        {unpriced > 0 && (
          <span className={classes.unpriced}>+ {formatCompact(unpriced)} unpriced</span>
        )}
      </>
    );
  }
  return <Count value={Number(exactValue(sums, metric) ?? 0n)} dimZero />;
}

interface MetricChangeProps {
  now: Sums;
  before: Sums | undefined;
  metric: Metric;
}

function MetricChange({ now, before, metric }: MetricChangeProps) {
  if (!before) return null;
  if (metric === 'latency') {
    const [after, base] = [now.latency_p95_ms, before.latency_p95_ms];
    return after == null || base == null ? null : <Change change={changeOf(after, base)} />;
  }
  const [after, base] = [valueOrNone(now, metric), valueOrNone(before, metric)];
  if (after === null || base === null) return null;
  const was = formatExact(base, metric);
  return (
    <span title={`was ${was}`}>
      <Change change={changeOf(after, base)} />
    </span>
  );
}

/** Without calls nothing was spent, which is known. */
const valueOrNone = (sums: Sums, metric: Metric) =>
  sums.calls === 0 ? 0n : exactValue(sums, metric);
