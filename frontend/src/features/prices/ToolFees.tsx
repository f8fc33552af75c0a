// What each use of a built-in tool costs beside tokens.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatCount } from '../../lib/format';
import { formatMoney, parseUsd } from '../../lib/money';
import type { Column } from '../../ui/DataTable';
import { DatedList } from './DatedList';
import type { DatedRow } from './dated';
import classes from './Prices.module.css';
import { feesQuery, type ToolFee } from './queries';

type Row = DatedRow<ToolFee>;

export function ToolFees({ tools }: { tools: ReactNode }) {
  return (
    <DatedList
      title="Tool fees"
      note="USD per use"
      description="Part of the cost of a call, on top of its tokens."
      query={useQuery(feesQuery)}
      columns={COLUMNS}
      subjectOf={({ provider, tool, model }) => JSON.stringify([provider, tool, model])}
      namesOf={({ tool, model }) => [tool, model]}
      tools={tools}
    />
  );
}

const UNKNOWN_FEE = 'Calls that used this tool have no known cost.';
const amount = (usd: string | null) => (usd === null ? null : parseUsd(usd));

const COLUMNS: Column<Row>[] = [
  {
    id: 'tool',
    header: 'Tool',
    phone: 'title',
    sortValue: ({ row }) => row.tool,
    cell: ({ row }) => <code>{row.tool}</code>,
  },
  {
    id: 'provider',
    header: 'Provider',
    sortValue: ({ row }) => row.provider,
    cell: ({ row }) => <span className={classes.dimmed}>{row.provider}</span>,
  },
  {
    id: 'model',
    header: 'Model',
    sortValue: ({ row }) => row.model,
    cell: ({ row }) => row.model ?? <span className={classes.dimmed}>all others</span>,
  },
  {
    id: 'fee',
    header: 'Fee',
    align: 'end',
    phone: 'value',
    sortValue: ({ row }) => amount(row.cost_usd),
    cell: ({ row: { cost_usd: cost } }) =>
      cost === null ? (
        <span className={classes.warn} title={UNKNOWN_FEE}>
          unknown
        </span>
      ) : (
        formatMoney(cost, 'exact')
      ),
  },
  {
    id: 'max',
    header: 'Reserved',
    hint: 'What a hard limit holds back for one use: the most that it can cost.',
    align: 'end',
    phoneUnit: 'reserved',
    sortValue: ({ row }) => amount(row.max_cost_usd),
    cell: ({ row }) => formatMoney(row.max_cost_usd, 'exact'),
  },
  {
    id: 'tokens',
    header: 'Result tokens',
    hint: 'The most input tokens that the result of one use adds.',
    align: 'end',
    phoneUnit: 'result tokens',
    sortValue: ({ row }) => row.max_result_tokens,
    cell: ({ row: { max_result_tokens: tokens } }) =>
      tokens === null ? (
        <span className={classes.dimmed}>context window</span>
      ) : (
        formatCount(tokens)
      ),
  },
];
