// The columns of the list of keys.
import { columnDecimals, parseUsd } from '../../lib/money';
import type { Column } from '../../ui/DataTable';
import { Instant } from '../../ui/Instant';
import { Money } from '../../ui/Money';
import { Sparkline } from '../../ui/Sparkline';
import { StatusBadge } from '../../ui/StatusBadge';
import { ViewLink } from '../../ui/ViewLink';
import classes from './KeyList.module.css';
import type { ApiKey } from './queries';
import { keyState, scopesText } from './status';
import type { KeySpend } from './useKeySpend';

interface ColumnOptions {
  spend: KeySpend;
  zone: string;
  now: number;
}

const MAX_DECIMALS = 2;

export function keyColumns({ spend, zone, now }: ColumnOptions): Column<ApiKey>[] {
  const amounts = [...spend.rows.values()].map(({ cost_usd: cost }) => cost);
  // One key with a few calls would give every amount six decimals.
  const decimals = Math.min(MAX_DECIMALS, columnDecimals(amounts));
  return [
    {
      id: 'name',
      header: 'Name',
      phone: 'title',
      sortValue: ({ name }) => name,
      cell: (key) => (
        <ViewLink to={`/keys/${key.id}`} className={classes.name} title={key.name}>
          {key.name}
        </ViewLink>
      ),
    },
    {
      id: 'status',
      header: 'Status',
      phone: 'value',
      sortValue: ({ status }) => status,
      cell: (key) => {
        const { tone, text } = keyState(key, now);
        return <StatusBadge tone={tone}>{text}</StatusBadge>;
      },
    },
    {
      id: 'label',
      header: 'Label',
      sortValue: ({ user_label: label }) => label,
      cell: ({ user_label: label }) =>
        label === null ? (
          <span className={classes.any}>any label</span>
        ) : (
          <span title={label}>{label}</span>
        ),
    },
    {
      id: 'scopes',
      header: 'Scopes',
      cell: ({ scopes }) => scopesText(scopes),
    },
    {
      id: 'spend',
      header: 'Spend, 30 days',
      align: 'end',
      sortValue: ({ id }) => {
        const cost = spend.rows.get(id)?.cost_usd;
        return cost == null ? null : parseUsd(cost);
      },
      cell: (key) => <Spend apiKey={key} spend={spend} decimals={decimals} />,
    },
    {
      id: 'trend',
      header: 'Trend',
      align: 'end',
      phone: 'hidden',
      cell: ({ id }) => spend.rows.has(id) && <Sparkline values={spend.trends.get(id) ?? []} />,
    },
    {
      id: 'used',
      header: 'Last used',
      align: 'end',
      sortValue: ({ last_used_at: at }) => (at === null ? null : Date.parse(at)),
      cell: ({ last_used_at: at }) =>
        at === null ? 'never used' : <Instant at={at} as="ago" zone={zone} />,
    },
  ];
}

interface SpendProps {
  apiKey: ApiKey;
  spend: KeySpend;
  decimals: number;
}

function Spend({ apiKey, spend, decimals }: SpendProps) {
  const row = spend.rows.get(apiKey.id);
  if (!spend.isReady) return '…';
  if (!row) return <span className={classes.any}>no calls</span>;
  return <Money amount={row.cost_usd} mode={decimals} unpriced={row.unpriced_calls} />;
}
