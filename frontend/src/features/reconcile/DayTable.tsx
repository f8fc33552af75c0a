// The days with both sides, their difference and its likely causes. A day opens by model.
import { formatCount, formatPercent } from '../../lib/format';
import { parseUsd } from '../../lib/money';
import { type Column, DataTable } from '../../ui/DataTable';
import { Money } from '../../ui/Money';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import { dayText } from './DayStrip';
import { causesText, type everyDay, STATES, type State, shareOf } from './days';
import { ModelsOfDay } from './ModelsOfDay';
import type { ReportingProvider } from './providers';
import type { ReconciledRow } from './queries';
import classes from './Reconcile.module.css';

type Day = ReturnType<typeof everyDay>[number];

interface DayTableProps {
  provider: ReportingProvider;
  days: readonly Day[];
  opened: string | undefined;
  onToggle: (day: string) => void;
}

const TONES: Readonly<Record<State, Tone>> = {
  equal: 'ok',
  explained: 'warn',
  open: 'bad',
  'not final': 'pending',
  'not fetched': 'neutral',
  'no calls': 'neutral',
};

export function Amount({ side }: { side: { cost_usd: string | null } | null | undefined }) {
  return side?.cost_usd == null ? '–' : <Money amount={side.cost_usd} />;
}

export function Difference({ row }: { row: ReconciledRow | undefined }) {
  const cost = row?.difference?.cost_usd;
  if (!row || cost == null) return '–';
  const share = shareOf(row);
  const isZero = parseUsd(cost) === 0n;
  return (
    <span className={isZero ? classes.dimmed : classes.strong}>
      {parseUsd(cost) > 0n && '+'}
      <Money amount={cost} />
      {!isZero && share !== undefined && (
        <span className={classes.share}>{formatPercent(share)}</span>
      )}
    </span>
  );
}

const callsOf = (row: ReconciledRow | undefined) => {
  const calls = row?.difference?.calls;
  if (calls == null) return '–';
  return calls === 0 ? '0' : `${calls > 0 ? '+' : '−'}${formatCount(Math.abs(calls))}`;
};

const COLUMNS: Column<Day>[] = [
  { id: 'day', header: 'Day', phone: 'title', cell: ({ day }) => dayText(day) },
  {
    id: 'ledger',
    header: 'Ledger',
    align: 'end',
    phoneUnit: 'ledger',
    cell: ({ row }) => <Amount side={row?.ledger} />,
  },
  {
    id: 'provider',
    header: 'Provider',
    align: 'end',
    phoneUnit: 'provider',
    cell: ({ row }) => <Amount side={row?.provider} />,
  },
  {
    id: 'difference',
    header: 'Difference',
    align: 'end',
    phone: 'value',
    cell: ({ row }) => <Difference row={row} />,
  },
  {
    id: 'calls',
    header: 'Calls differ by',
    align: 'end',
    phone: 'hidden',
    cell: ({ row }) => callsOf(row),
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => (
      <StatusBadge tone={TONES[state]} title={STATES[state]}>
        {state}
      </StatusBadge>
    ),
  },
  {
    id: 'causes',
    header: 'Likely cause',
    cell: ({ row }) => <span className={classes.causes}>{causesText(row?.causes ?? [])}</span>,
  },
];

export function DayTable({ provider, days, opened, onToggle }: DayTableProps) {
  return (
    <DataTable
      caption="Ledger and provider by day"
      columns={COLUMNS}
      rows={days}
      rowKey={({ day }) => day}
      expand={{
        isOpen: ({ day }) => day === opened,
        onToggle: ({ day }) => onToggle(day),
        canOpen: ({ row }) => row !== undefined,
        label: ({ day }) => `Models of ${dayText(day)}`,
        content: ({ day }) => (
          <ModelsOfDay provider={provider} day={day} columns={COLUMNS.length} />
        ),
      }}
    />
  );
}
