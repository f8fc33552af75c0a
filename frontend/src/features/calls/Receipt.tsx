// The receipt: every bucket of tokens times its rate, adding up to the cost to the last digit.
import { formatCount } from '../../lib/format';
import { formatMoney, formatUsd, parseUsd } from '../../lib/money';
import type { CallWithReceipt } from './queries';
import classes from './Receipt.module.css';
import { statedText } from './statedText';

const BUCKETS: Record<string, string> = {
  input: 'Input',
  cached_input: 'Cached input',
  cache_write: 'Cache write',
  cache_write_long: 'Long cache write',
  audio_input: 'Audio input',
  cached_audio_input: 'Cached audio input',
  output: 'Output',
  audio_output: 'Audio output',
  image_output: 'Image output',
};

export function Receipt({ call }: { call: CallWithReceipt }) {
  const { price } = call.receipt;
  return (
    <section aria-labelledby="receipt-title">
      <h3 id="receipt-title" className={classes.title}>
        Receipt
      </h3>
      {call.cost_usd === null ? (
        <p className={classes.note}>
          {call.model} has no price, so the cost of this call is unknown.
        </p>
      ) : (
        <ReceiptTable call={call} />
      )}
      <StatedCost call={call} />
      {price && (
        <p className={classes.note}>
          Price {price.id} of {price.model} · tier {price.service_tier}
          {price.above_input_tokens > 0 &&
            ` · above ${formatCount(price.above_input_tokens)} input tokens`}
        </p>
      )}
    </section>
  );
}

/** What the upstream says that the answer costs, against the price rows. */
function StatedCost({ call }: { call: CallWithReceipt }) {
  const text = statedText(call);
  return text && <p className={classes.note}>{text}</p>;
}

type Line = CallWithReceipt['receipt']['tokens'][number];

/** Input and output always; other buckets only where the call used them. */
const isShown = ({ bucket, tokens }: Line): boolean =>
  tokens > 0 || bucket === 'input' || bucket === 'output';

function ReceiptTable({ call }: { call: CallWithReceipt }) {
  const { tokens, fees, other_usd: other, total_usd: total } = call.receipt;
  return (
    <table className={classes.table}>
      <caption className="visually-hidden">Tokens, rates in USD per 1M tokens, and amounts</caption>
      <thead>
        <tr>
          <th scope="col">Tokens</th>
          <th scope="col" data-align="end">
            Count
          </th>
          <th scope="col" data-align="end">
            USD per 1M
          </th>
          <th scope="col" data-align="end">
            Amount
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.filter(isShown).map(({ bucket, tokens: count, rate, amount_usd: amount }) => (
          <tr key={bucket}>
            <th scope="row">
              {BUCKETS[bucket] ?? bucket}
              {bucket === 'output' && call.reasoning_tokens > 0 && (
                <span className={classes.of}>
                  {formatCount(call.reasoning_tokens)} of them reasoning
                </span>
              )}
            </th>
            <td data-align="end">{formatCount(count)}</td>
            <td data-align="end">× {formatUsd(rate)}</td>
            <td data-align="end">{formatMoney(amount, 'exact')}</td>
          </tr>
        ))}
        {fees.map(({ tool, uses, cost_usd: cost }) => (
          <tr key={tool}>
            <th scope="row">{tool}</th>
            <td data-align="end">{formatCount(uses)}</td>
            <td data-align="end">uses</td>
            <td data-align="end">{formatMoney(cost, 'exact')}</td>
          </tr>
        ))}
        {other !== null && parseUsd(other) !== 0n && (
          <tr>
            <th scope="row" colSpan={3}>
              Also billed, not itemised
            </th>
            <td data-align="end">{formatMoney(other, 'exact')}</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={3}>
            Total
          </th>
          <td data-align="end">{formatMoney(total, 'exact')}</td>
        </tr>
      </tfoot>
    </table>
  );
}
