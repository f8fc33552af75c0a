// The receipt: every bucket of tokens times its rate, adding up to the cost to the last digit.
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/errors';
import { formatCount } from '../../lib/format';
import { formatMoney, formatUsd } from '../../lib/money';
import { SkeletonRows } from '../../ui/Skeletons';
import { type Call, pricesQuery } from './queries';
import classes from './Receipt.module.css';
import { type Receipt as Bill, receiptOf } from './receipt';

export function Receipt({ call }: { call: Call }) {
  return (
    <section aria-labelledby="receipt-title">
      <h3 id="receipt-title" className={classes.title}>
        Receipt
      </h3>
      <ReceiptBody call={call} />
    </section>
  );
}

function ReceiptBody({ call }: { call: Call }) {
  const isPriced = call.price_id !== null;
  const prices = useQuery({ ...pricesQuery(call.model), enabled: isPriced });
  const price = prices.data?.data.find(({ id }) => id === call.price_id);
  if (!isPriced) return <p className={classes.note}>{unpricedText(call)}</p>;
  if (prices.isPending) return <SkeletonRows label="Loading rates" rows={3} />;
  if (!price) {
    const isForbidden = prices.error instanceof ApiError && prices.error.status === 403;
    return (
      <p className={classes.note}>
        {isForbidden
          ? `Rates are for administrators. It was billed by price ${call.price_id}.`
          : `Rates of price ${call.price_id} are no longer in the book.`}
      </p>
    );
  }
  return (
    <>
      <ReceiptTable call={call} bill={receiptOf(call, price)} />
      <p className={classes.note}>
        Price {price.id} of {price.model} · tier {price.service_tier}
        {price.above_input_tokens > 0 &&
          ` · above ${formatCount(price.above_input_tokens)} input tokens`}
      </p>
    </>
  );
}

function unpricedText(call: Call): string {
  if (call.cost_usd === null) return `No price is known for ${call.model}. This is not zero.`;
  return 'Nothing was billed: the provider reported no tokens.';
}

function ReceiptTable({ call, bill }: { call: Call; bill: Bill }) {
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
        {bill.lines.map(({ name, tokens, rate, amount }) => (
          <tr key={name}>
            <th scope="row">
              {name}
              {name === 'Output' && call.reasoning_tokens > 0 && (
                <span className={classes.of}>
                  {formatCount(call.reasoning_tokens)} of them reasoning
                </span>
              )}
            </th>
            <td data-align="end">{formatCount(tokens)}</td>
            <td data-align="end">× {formatUsd(rate)}</td>
            <td data-align="end">{formatMoney(amount, 'exact')}</td>
          </tr>
        ))}
        {bill.fees.map(({ name, uses, amount }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-align="end">{formatCount(uses)}</td>
            <td data-align="end">uses</td>
            <td data-align="end">{formatMoney(amount, 'exact')}</td>
          </tr>
        ))}
        {bill.unexplained !== undefined && (
          <tr>
            <th scope="row" colSpan={3}>
              Also billed, but not explained by this table
            </th>
            <td data-align="end">{formatMoney(bill.unexplained, 'exact')}</td>
          </tr>
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={3}>
            Total
          </th>
          <td data-align="end">{formatMoney(call.cost_usd, 'exact')}</td>
        </tr>
      </tfoot>
    </table>
  );
}
