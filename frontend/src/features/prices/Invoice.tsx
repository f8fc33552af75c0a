// The difference that a price makes, as on an invoice: totals, then labels and models.
import { formatCount, formatMinute, formatNumberOf } from '../../lib/format';
import { columnDecimals, compareUsd, formatMoney, parseUsd } from '../../lib/money';
import { useView } from '../../lib/useView';
import { type Column, DataTable } from '../../ui/DataTable';
import { Money } from '../../ui/Money';
import { Difference } from './Difference';
import classes from './Prices.module.css';
import type { PricePreview } from './queries';
import { Refusal } from './Refusal';
import { isPlanned, type Previewed } from './useCorrection';
import { differenceText } from './words';

export function Invoice({ previewed }: { previewed: Previewed }) {
  const { preview, outdated } = previewed;
  const { total } = preview;
  return (
    <>
      {outdated && (
        <Refusal
          title="The figures have moved since the preview"
          text={`The preview was ${differenceText(outdated.total.difference_usd, 'exact')} on ${formatNumberOf(
            outdated.total.calls,
            'call',
          )}. Below are the current figures. Nothing has been applied.`}
        />
      )}
      <dl className={classes.totals}>
        <Total name="Billed" amount={total.billed_usd} unpriced={total.newly_priced_calls} />
        <Total
          name="As priced now"
          amount={total.current_usd}
          unpriced={total.newly_priced_calls}
        />
        <Total name="Corrected" amount={total.corrected_usd} />
        <div className={classes.main}>
          <dt>Difference</dt>
          <dd>
            <Difference amount={total.difference_usd} />
          </dd>
        </div>
      </dl>
      <Sentences previewed={previewed} />
      {preview.groups.length > 0 && <Groups groups={preview.groups} />}
    </>
  );
}

interface TotalProps {
  name: string;
  amount: string;
  /** Calls that the amount leaves out. */
  unpriced?: number;
}

function Total({ name, amount, unpriced }: TotalProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Money amount={amount} unpriced={unpriced} />
      </dd>
    </div>
  );
}

function Sentences({ previewed }: { previewed: Previewed }) {
  const { tz } = useView();
  const { preview, price } = previewed;
  const {
    calls,
    newly_priced_calls: newly,
    unchanged_calls: unchanged,
    stated_calls: stated,
  } = preview.total;
  const from = formatMinute(price.effective_from, tz);
  const until = preview.ends_at ? ` until ${formatMinute(preview.ends_at, tz)}` : '';
  const lines = [
    `Applies to calls from ${from}${until}: ${formatNumberOf(calls, 'call')} so far.`,
    newly > 0 &&
      `${formatNumberOf(newly, 'call without a price gets', 'calls without a price get')} one.`,
    unchanged > 0 &&
      `${formatNumberOf(unchanged, 'more call does', 'more calls do')} not change: the usage is unknown.`,
    stated > 0 &&
      `${formatNumberOf(stated, 'more call costs', 'more calls cost')} what the upstream states: no change.`,
    preview.gone_calls > 0 &&
      `${formatNumberOf(preview.gone_calls, 'call is', 'calls are')} past retention and kept as sums only: no change.`,
    preview.replaced_price_id !== null && 'It replaces the price with the same start.',
    isPlanned(previewed, Date.now()) && 'It starts in the future and can be removed until then.',
  ];
  return (
    <div className={classes.sentences}>
      {lines.filter(Boolean).map((line) => (
        <p key={line as string}>{line}</p>
      ))}
      <p className={classes.strong}>Nothing has changed yet.</p>
    </div>
  );
}

type Group = PricePreview['groups'][number];
const AMOUNTS = [
  ['billed_usd', 'Billed'],
  ['current_usd', 'Now'],
  ['corrected_usd', 'Corrected'],
] as const;
const SHOWN = 50;

function Groups({ groups }: { groups: readonly Group[] }) {
  const bySize = [...groups].sort((left, right) =>
    compareUsd(abs(right.difference_usd), abs(left.difference_usd)),
  );
  const rows = bySize.slice(0, SHOWN);
  const decimals = columnDecimals(rows.map(({ difference_usd }) => difference_usd));
  const columns: Column<Group>[] = [
    {
      id: 'group',
      header: 'Label',
      phone: 'title',
      cell: ({ user_label: label, model }) => (
        <>
          <span className={classes.label}>{label}</span>{' '}
          <span className={classes.dimmed}>{model}</span>
        </>
      ),
    },
    {
      id: 'calls',
      header: 'Calls',
      align: 'end',
      phoneUnit: ({ calls }) => (calls === 1 ? 'call' : 'calls'),
      cell: ({ calls }) => formatCount(calls),
    },
    ...AMOUNTS.map(
      ([id, header]): Column<Group> => ({
        id,
        header,
        align: 'end',
        phone: id === 'current_usd' ? 'hidden' : 'detail',
        phoneUnit: header.toLowerCase(),
        cell: (row) => <Money amount={row[id]} mode={decimals} />,
      }),
    ),
    {
      id: 'difference',
      header: 'Difference',
      align: 'end',
      phone: 'value',
      cell: ({ difference_usd: amount }) => (
        <span title={differenceText(amount, 'exact')} className={classes.difference}>
          {parseUsd(amount) > 0n && '+'}
          {formatMoney(amount, decimals)}
        </span>
      ),
    },
  ];
  return (
    <>
      <div className={classes.groups}>
        <DataTable
          caption="Difference by label and model"
          columns={columns}
          rows={rows}
          rowKey={({ user_label: label, model }) => JSON.stringify([label, model])}
        />
      </div>
      {bySize.length > SHOWN && (
        <p className={classes.note}>
          The {SHOWN} largest of {bySize.length} differences. The total above includes all.
        </p>
      )}
    </>
  );
}

const abs = (amount: string) => amount.replace(/^-/, '');
