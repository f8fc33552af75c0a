// Why did it change? Volume, mix and price of each model, largest first, adding up to the pico-dollar.
import { useQuery } from '@tanstack/react-query';
import { summaryBeforeParams, summaryParams } from '../../api/params';
import { type SummaryRow, summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import {
  type Effects,
  type Explanation,
  effectName,
  explainChange,
  explanationText,
  type ModelEffects,
  signed,
} from '../../lib/explain';
import { columnDecimals, formatMoney, toDecimal } from '../../lib/money';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { SkeletonRows } from '../../ui/Skeletons';
import classes from './WhyChanged.module.css';

const BY_MODEL = { by: ['model'] } as const;
const SHOWN = 12;
/** Cents are enough to compare dollars; the title holds the rest. */
const MAX_DECIMALS = { cents: 2, small: 4 };
const DOLLAR = 1_000_000_000_000n;
const EFFECTS = ['volume', 'mix', 'price'] as const satisfies readonly (keyof Effects)[];

export function WhyChanged({ caption, onClose }: { caption: string; onClose: () => void }) {
  const [view, asOf] = [useView(), useAsOf()];
  const now = useQuery(summaryQuery(summaryParams(view, asOf, BY_MODEL)));
  const before = useQuery(summaryQuery(summaryBeforeParams(view, asOf, BY_MODEL)));
  const error = now.error ?? before.error;
  return (
    <Dialog title="Why did it change?" size="lg" onClose={onClose} dismissable>
      {error ? (
        <FailureNotice error={error} forbidden="This key may not read usage." />
      ) : now.data && before.data ? (
        <Reasons now={now.data} before={before.data} caption={caption} />
      ) : (
        <SkeletonRows label="Comparing" />
      )}
    </Dialog>
  );
}

interface ReasonsProps {
  now: readonly SummaryRow[];
  before: readonly SummaryRow[];
  caption: string;
}

function Reasons({ now, before, caption }: ReasonsProps) {
  const explanation = explainChange(now.map(toSpend), before.map(toSpend));
  const unpriced = [...now, ...before].some(({ unpriced_calls }) => unpriced_calls > 0);
  const changed = explanation.models.filter(({ change }) => change !== 0n);
  const shown = changed.slice(0, SHOWN);
  const decimals = Math.min(
    size(explanation.change) >= DOLLAR ? MAX_DECIMALS.cents : MAX_DECIMALS.small,
    columnDecimals(shown.map(({ change }) => toDecimal(change))),
  );
  const largest = shown.flatMap((model) => EFFECTS.map((effect) => size(model[effect])));
  const max = largest.reduce((top, value) => (value > top ? value : top), 1n);
  return (
    <>
      <p className={classes.sentence}>{explanationText(explanation)}</p>
      <p className={classes.caption}>{caption}</p>
      <Totals explanation={explanation} />
      <table className={classes.table}>
        <caption className="visually-hidden">Effects by model</caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className={classes.part}>
              Volume
            </th>
            <th scope="col" className={classes.part}>
              Mix
            </th>
            <th scope="col" className={classes.part}>
              Price
            </th>
            <th scope="col" className={classes.change}>
              Change
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((model) => (
            <ModelRow key={model.model ?? ''} model={model} max={max} decimals={decimals} />
          ))}
        </tbody>
      </table>
      <p className={classes.caption}>
        Volume: more or fewer tokens in total. Mix: tokens moved between models. Price: a model’s
        tokens cost more or less than before.
        {changed.length > shown.length && ' Smaller changes are only in the totals.'}
        {unpriced && ' Calls without a price are left out.'}
      </p>
    </>
  );
}

const toSpend = (row: SummaryRow) => ({ ...row, model: row.model ?? null });
const size = (value: bigint) => (value < 0n ? -value : value);

function Totals({ explanation }: { explanation: Explanation }) {
  return (
    <dl className={classes.totals}>
      {EFFECTS.map((effect) => (
        <div key={effect}>
          <dt>{effectName(effect, explanation[effect])}</dt>
          <dd title={exact(explanation[effect])}>{signed(explanation[effect])}</dd>
        </div>
      ))}
      <div>
        <dt>change</dt>
        <dd title={exact(explanation.change)}>{signed(explanation.change)}</dd>
      </div>
    </dl>
  );
}

const exact = (pico: bigint) => formatMoney(toDecimal(pico), 'exact');

interface ModelRowProps {
  model: ModelEffects;
  max: bigint;
  decimals: number;
}

function ModelRow({ model, max, decimals }: ModelRowProps) {
  return (
    <tr>
      <th scope="row">{model.model ?? 'No model'}</th>
      {EFFECTS.map((effect) => (
        <td key={effect} className={classes.part} title={exact(model[effect])}>
          <span className={classes.effect}>
            <Bar amount={model[effect]} max={max} />
            {model[effect] === 0n ? '–' : signed(model[effect], decimals)}
          </span>
        </td>
      ))}
      <td className={classes.change} title={exact(model.change)}>
        {signed(model.change, decimals)}
      </td>
    </tr>
  );
}

function Bar({ amount, max }: { amount: bigint; max: bigint }) {
  const width = Number((size(amount) * 1000n) / max) / 10;
  return (
    <span className={classes.track} aria-hidden="true">
      <span
        className={classes.bar}
        data-less={amount < 0n || undefined}
        style={{ width: `${width}%` }}
      />
    </span>
  );
}
