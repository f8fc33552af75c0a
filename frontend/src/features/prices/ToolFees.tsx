// What each use of a built-in tool costs beside tokens; adds later fees, and removes planned ones.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { formatCount } from '../../lib/format';
import { formatMoney, parseUsd } from '../../lib/money';
import type { Column } from '../../ui/DataTable';
import { DatedList } from './DatedList';
import type { DatedRow } from './dated';
import { FeeDialog } from './FeeDialog';
import { EMPTY_FEE, feeDraftOf } from './feeDraft';
import classes from './Prices.module.css';
import { feesQuery, type ToolFee } from './queries';
import { RemoveFeeDialog } from './RemoveFeeDialog';

type Row = DatedRow<ToolFee>;

type Opened = { does: 'add' } | { does: 'change' | 'remove'; fee: ToolFee };

export function ToolFees({ tools }: { tools: ReactNode }) {
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  return (
    <>
      <DatedList
        title="Tool fees"
        note="USD per use"
        description="Part of the cost of a call, on top of its tokens."
        query={useQuery(feesQuery)}
        columns={COLUMNS}
        subjectOf={({ provider, tool, model }) => JSON.stringify([provider, tool, model])}
        namesOf={({ provider, tool, model }) => [provider, tool, model]}
        action={actionColumn(setOpened)}
        tools={
          <>
            {tools}
            <Button size="xs" variant="default" onClick={() => setOpened({ does: 'add' })}>
              New fee
            </Button>
          </>
        }
      />
      {opened?.does === 'add' && <FeeDialog start={EMPTY_FEE} isFixed={false} onClose={close} />}
      {opened?.does === 'change' && (
        <FeeDialog start={feeDraftOf(opened.fee)} isFixed onClose={close} />
      )}
      {opened?.does === 'remove' && <RemoveFeeDialog fee={opened.fee} onClose={close} />}
    </>
  );
}

/** `Change web_search of openai, gpt-4o`. */
const nameOf = ({ tool, provider, model }: ToolFee) =>
  `${tool} of ${provider}${model === null ? '' : `, ${model}`}`;

const actionColumn = (onOpen: (opened: Opened) => void): Column<Row> => ({
  id: 'action',
  header: 'Action',
  align: 'end',
  cell: ({ row, state }) => {
    if (state === 'ended') return null;
    const does = state === 'planned' ? 'remove' : 'change';
    const text = state === 'planned' ? 'Remove' : 'Change';
    return (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${text} ${nameOf(row)}`}
        onClick={() => onOpen({ does, fee: row })}
      >
        {text}
      </Button>
    );
  },
});

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
    cell: ({ row: { model } }) =>
      model === null ? (
        <span className={classes.dimmed}>all others</span>
      ) : (
        <span title={model}>{model}</span>
      ),
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
