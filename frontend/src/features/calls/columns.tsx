// The cells of the list of calls.
import { formatCount, formatDuration } from '../../lib/format';
import { Instant } from '../../ui/Instant';
import { Money } from '../../ui/Money';
import { StatusBadge } from '../../ui/StatusBadge';
import type { VirtualColumn } from '../../ui/VirtualTable';
import { Cut } from './Cut';
import type { CallSort } from './callsSearch';
import type { ColumnId } from './columnIds';
import type { Call } from './queries';
import { statusText } from './statusText';

interface ColumnContext {
  zone: string;
  /** So that the decimal points of all loaded rows align. */
  decimals: number;
  keyName: (id: string) => string;
  sort: CallSort;
}

const count = (id: ColumnId, header: string, of: (call: Call) => number, width = '72px') =>
  ({
    id,
    header,
    align: 'end',
    width,
    cell: (call: Call) => formatCount(of(call)),
  }) as const;

export const COLUMN_NAMES: Record<ColumnId, string> = {
  ended: 'Ended',
  label: 'Label',
  model: 'Model',
  key: 'Key',
  endpoint: 'Endpoint',
  input: 'Input tokens',
  cached: 'Cached tokens',
  output: 'Output tokens',
  reasoning: 'Reasoning tokens',
  cost: 'Cost',
  first: 'First byte',
  latency: 'Time',
  attempts: 'Attempts',
  status: 'Status',
};

export function columnsOf({ zone, decimals, keyName, sort }: ColumnContext): VirtualColumn<Call>[] {
  const sorted = (by: CallSort) => (by === sort ? ({ sort: 'descending' } as const) : {});
  const columns = {
    ended: {
      header: 'Ended',
      width: '124px',
      ...sorted('newest'),
      cell: (call) => <Instant at={call.created_at} zone={zone} />,
    },
    label: {
      header: 'Label',
      width: 'minmax(110px, 1.4fr)',
      cell: (call) => <Cut text={call.user_label} />,
    },
    model: {
      header: 'Model',
      width: 'minmax(110px, 1fr)',
      cell: (call) => <Cut text={call.model} />,
    },
    key: {
      header: 'Key',
      width: 'minmax(100px, 1fr)',
      cell: ({ key_id: id, key_name: name }) => (
        <Cut text={id === null ? 'own provider key' : (name ?? keyName(id))} />
      ),
    },
    endpoint: { header: 'Endpoint', width: '132px', cell: (call) => <Cut text={call.endpoint} /> },
    input: count('input', 'Input', (call) => call.input_tokens),
    cached: count('cached', 'Cached', (call) => call.cached_tokens),
    output: count('output', 'Output', (call) => call.output_tokens),
    reasoning: count('reasoning', 'Reasoning', (call) => call.reasoning_tokens, '80px'),
    cost: {
      header: 'Cost',
      align: 'end',
      ...sorted('cost'),
      width: '104px',
      cell: (call) => (
        <Money
          amount={call.cost_usd}
          mode={decimals}
          estimated={call.status === 'estimated' || call.status === 'abandoned'}
        />
      ),
    },
    first: {
      header: 'First byte',
      align: 'end',
      width: '80px',
      cell: (call) => formatDuration(call.first_byte_ms),
    },
    latency: {
      header: 'Time',
      align: 'end',
      ...sorted('time'),
      width: '84px',
      cell: (call) => formatDuration(call.latency_ms),
    },
    attempts: count('attempts', 'Attempts', (call) => call.attempts),
    status: {
      header: 'Status',
      width: '104px',
      cell: (call) => {
        const { tone, name, explanation } = statusText(call);
        return (
          <StatusBadge tone={tone} title={explanation}>
            {name}
          </StatusBadge>
        );
      },
    },
  } satisfies Record<ColumnId, Omit<VirtualColumn<Call>, 'id'>>;
  return Object.entries(columns).map(([id, column]) => ({ ...column, id }));
}
