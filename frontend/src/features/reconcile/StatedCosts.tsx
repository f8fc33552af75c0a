// What upstreams state as the cost of their answers, against the prices: the last seven days by upstream and model.
import { useQuery } from '@tanstack/react-query';
import { type StatedCostRow, statedCostsQuery } from '../../api/usage';
import { formatCount, formatNumberOf, formatPercent } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { type Column, DataTable } from '../../ui/DataTable';
import { Money } from '../../ui/Money';
import { Panel } from '../../ui/Panel';
import classes from './Reconcile.module.css';

/** Absent without an upstream that states costs. */
export function StatedCosts() {
  const { data } = useQuery(statedCostsQuery);
  if (!data || data.rows.length === 0) return null;
  const { differing_calls: differing, tolerance_percent: tolerance } = data;
  return (
    <Panel
      title="Costs that upstreams state"
      note="Last 7 days"
      description={`${formatNumberOf(differing, 'call differs', 'calls differ')} by more than ${tolerance} % from the price rows.`}
    >
      <DataTable
        caption="Stated costs by upstream and model"
        columns={COLUMNS}
        rows={data.rows}
        rowKey={({ provider, upstream, model }) => JSON.stringify([provider, upstream, model])}
      />
    </Panel>
  );
}

const shareOf = ({ difference_usd: difference, table_usd: table }: StatedCostRow) => {
  const whole = Number(parseUsd(table));
  return whole === 0 ? undefined : Number(parseUsd(difference)) / whole;
};

function Difference({ row }: { row: StatedCostRow }) {
  const share = shareOf(row);
  const amount = parseUsd(row.difference_usd);
  if (row.compared_calls === 0) return '–';
  return (
    <span className={amount === 0n ? classes.dimmed : classes.strong}>
      {amount > 0n && '+'}
      <Money amount={row.difference_usd} />
      {amount !== 0n && share !== undefined && (
        <span className={classes.share}>{formatPercent(share)}</span>
      )}
    </span>
  );
}

/** What is unusual about the calls of a row. */
const notesOf = (row: StatedCostRow) =>
  [
    row.billed_calls > 0 &&
      row.billed_calls < row.stated_calls &&
      `${formatCount(row.billed_calls)} billed as stated`,
    row.fallback_calls > 0 && `${formatCount(row.fallback_calls)} without a stated cost`,
    row.unpriced_calls > 0 && `${formatCount(row.unpriced_calls)} without a price`,
  ]
    .filter(Boolean)
    .join(', ');

const COLUMNS: Column<StatedCostRow>[] = [
  {
    id: 'model',
    header: 'Upstream, model',
    phone: 'title',
    cell: ({ upstream, provider, model }) => `${upstream ?? provider} · ${model}`,
  },
  {
    id: 'calls',
    header: 'Compared',
    align: 'end',
    phoneUnit: 'compared',
    cell: (row) => formatCount(row.compared_calls),
  },
  {
    id: 'differ',
    header: 'Differ',
    align: 'end',
    phoneUnit: 'differ',
    cell: (row) => formatCount(row.differing_calls),
  },
  {
    id: 'stated',
    header: 'Stated',
    align: 'end',
    phone: 'hidden',
    cell: (row) => <Money amount={row.stated_usd} />,
  },
  {
    id: 'table',
    header: 'By price',
    align: 'end',
    phone: 'hidden',
    cell: (row) => <Money amount={row.table_usd} />,
  },
  {
    id: 'difference',
    header: 'Difference',
    align: 'end',
    phone: 'value',
    cell: (row) => <Difference row={row} />,
  },
  { id: 'notes', header: 'Other calls', phone: 'hidden', cell: notesOf },
];
