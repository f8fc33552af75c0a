// The columns of the price book, and of the dated rows of one line.
import { parseUsd } from '../../lib/money';
import type { Column } from '../../ui/DataTable';
import { Instant } from '../../ui/Instant';
import { ViewLink } from '../../ui/ViewLink';
import { type Line, type ModelLine, RATE_NAMES, RATES, type Rate } from './book';
import classes from './Prices.module.css';
import type { Price } from './queries';
import { RateCell } from './RateCell';
import { ReviewDate } from './ReviewDate';
import { lineText } from './words';

export const pathOf = (model: string) => `/prices/${encodeURIComponent(model)}`;

const SHORT: Readonly<Record<Rate, string>> = {
  input: 'in',
  cached_input: 'cached',
  cache_write: 'write',
  cache_write_long: 'write 1 h',
  output: 'out',
  audio_input: 'audio in',
  cached_audio_input: 'cached audio',
  audio_output: 'audio out',
  image_output: 'image out',
};

/** Columns of rates; `rowOf` says which price a row of the table shows. */
export function rateColumns<Row>(
  rates: readonly Rate[],
  rowOf: (row: Row) => Price | undefined,
  before?: (row: Row) => Price | undefined,
): Column<Row>[] {
  return rates.map((rate) => ({
    id: rate,
    header: RATE_NAMES[rate],
    align: 'end',
    phoneUnit: SHORT[rate],
    cell: (row) => <RateCell price={rowOf(row)} before={before?.(row)} rate={rate} />,
    ...(!before && {
      sortValue: (row: Row) => {
        const amount = rowOf(row)?.[rate];
        return amount == null ? null : parseUsd(amount);
      },
    }),
  }));
}

/** Rates that at least one price has; input and output always. */
export const usedRates = (prices: readonly Price[]): Rate[] =>
  RATES.filter(
    (rate) => rate === 'input' || rate === 'output' || prices.some((price) => price[rate] !== null),
  );

/** A line of its own, or a model by its first one. */
export type BookLine = Line & Partial<Pick<ModelLine, 'more'>>;

export function bookColumns(zone: string): Column<BookLine>[] {
  return [
    {
      id: 'model',
      header: 'Model',
      phone: 'title',
      sortValue: ({ model }) => model,
      cell: ({ model }) => (
        <ViewLink to={pathOf(model)} className={classes.model}>
          {model}
        </ViewLink>
      ),
    },
    {
      id: 'provider',
      header: 'Provider',
      sortValue: ({ provider }) => provider,
      cell: ({ provider }) => <span className={classes.dimmed}>{provider}</span>,
    },
    {
      id: 'tier',
      header: 'Tier',
      sortValue: ({ tier }) => tier,
      cell: ({ tier, above, more = 0 }) => (
        <span className={classes.dimmed}>
          {lineText(tier, above)}
          {more > 0 && `, ${more} more`}
        </span>
      ),
    },
    ...rateColumns<BookLine>(['input', 'cached_input', 'output'], ({ current }) => current).map(
      // On phones, so that a model takes two lines.
      (column) => (column.id === 'cached_input' ? { ...column, phone: 'hidden' as const } : column),
    ),
    {
      id: 'since',
      header: 'In effect since',
      align: 'end',
      phone: 'value',
      sortValue: ({ current }) => current && Date.parse(current.effective_from),
      cell: ({ current }) =>
        current ? <Instant at={current.effective_from} zone={zone} as="day" /> : 'not yet',
    },
    {
      id: 'review',
      header: 'Review on',
      hint: 'When to compare the price with the provider’s page: an announced change, or a figure of one source.',
      align: 'end',
      phone: 'hidden',
      sortValue: ({ current }) => current?.review_on,
      cell: ({ current }) => <ReviewDate on={current?.review_on ?? null} />,
    },
    {
      id: 'rows',
      header: 'Rows',
      hint: 'Dated rows: earlier, later and replaced prices.',
      align: 'end',
      phone: 'hidden',
      sortValue: ({ rows }) => rows.length,
      cell: ({ rows }) => rows.length,
    },
  ];
}
