// One model: the dated rows of each tier and size of input, and how they follow each other in time.
import { Button } from '@mantine/core';
import { useView } from '../../lib/useView';
import { type Column, DataTable } from '../../ui/DataTable';
import { Instant } from '../../ui/Instant';
import { Panel } from '../../ui/Panel';
import { StatusBadge, type Tone } from '../../ui/StatusBadge';
import { isReplaced, type Line, type RowState, stateOf } from './book';
import { rateColumns, usedRates } from './columns';
import classes from './Prices.module.css';
import type { Price, PriceRevision } from './queries';
import { ReviewDate } from './ReviewDate';
import { Timeline } from './Timeline';
import { lineText } from './words';

interface ModelPricesProps {
  lines: readonly Line[];
  revisions: readonly PriceRevision[];
  onCorrect: (price: Price) => void;
  onRemove: (price: Price) => void;
}

export function ModelPrices({ lines, revisions, onCorrect, onRemove }: ModelPricesProps) {
  const { tz } = useView();
  return lines.map((line) => {
    const latest = line.current ?? line.rows[0];
    return (
      <Panel
        key={line.key}
        title={titleOf(line, lines)}
        note="USD per 1M tokens"
        aside={
          latest && (
            <Button size="xs" variant="default" onClick={() => onCorrect(latest)}>
              Change price
            </Button>
          )
        }
      >
        <Timeline line={line} revisions={revisions} zone={tz} />
        <DataTable
          caption={`Prices of ${line.model}, ${lineText(line.tier, line.above)}`}
          columns={columnsOf(line, tz, onRemove)}
          rows={line.rows}
          rowKey={({ id }) => String(id)}
        />
      </Panel>
    );
  });
}

/** `Default tier · above 200,000 input tokens`, behind the provider if there are several. */
function titleOf({ provider, tier, above }: Line, lines: readonly Line[]) {
  const text = lineText(`${tier.charAt(0).toUpperCase()}${tier.slice(1)} tier`, above);
  return new Set(lines.map((line) => line.provider)).size > 1 ? `${provider} · ${text}` : text;
}

const TONES: Readonly<Record<RowState, Tone>> = {
  'in effect': 'ok',
  planned: 'pending',
  ended: 'neutral',
  replaced: 'neutral',
};

const REVIEW: Column<Price> = {
  id: 'review',
  header: 'Review on',
  align: 'end',
  phoneUnit: 'review',
  cell: ({ review_on: on }) => <ReviewDate on={on} />,
};

function columnsOf(line: Line, zone: string, onRemove: (price: Price) => void): Column<Price>[] {
  const followed = line.rows.filter((row) => !isReplaced(line, row));
  const before = (price: Price) => followed[followed.indexOf(price) + 1];
  const state = (price: Price) => stateOf(line, price, Date.now());
  const remove: Column<Price> = {
    id: 'remove',
    header: 'Action',
    align: 'end',
    cell: (price) =>
      state(price) === 'planned' ? (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Remove price ${price.id}`}
          onClick={() => onRemove(price)}
        >
          Remove
        </Button>
      ) : null,
  };
  return [
    {
      id: 'from',
      header: 'In effect from',
      phone: 'title',
      cell: ({ effective_from: at }) => <Instant at={at} zone={zone} as="minute" />,
    },
    {
      id: 'state',
      header: 'State',
      phone: 'value',
      cell: (price) => <StatusBadge tone={TONES[state(price)]}>{state(price)}</StatusBadge>,
    },
    ...rateColumns<Price>(usedRates(line.rows), (price) => price, before),
    ...(line.rows.some(({ review_on: on }) => on !== null) ? [REVIEW] : []),
    {
      id: 'id',
      header: 'Added',
      align: 'end',
      phone: 'hidden',
      cell: ({ id, created_at: at }) => (
        <span className={classes.dimmed}>
          #{id}, <Instant at={at} zone={zone} as="day" />
        </span>
      ),
    },
    ...(line.rows.some((price) => state(price) === 'planned') ? [remove] : []),
  ];
}
