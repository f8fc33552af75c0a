// The second lines of the headline figures: the change, and what the figure leaves out.
import type { SummaryRow } from '../../api/usage';
import { changeOf, moneyChangeOf, rateChangeOf } from '../../lib/change';
import { formatCompact, formatDuration, formatPercent } from '../../lib/format';
import { formatMoney } from '../../lib/money';
import { Change } from '../../ui/Change';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Kpis.module.css';

/** A failure rate that rose by a point or more is red. */
const BAD_POINTS = 0.01;

const failureRate = (row: SummaryRow) => (row.calls === 0 ? 0 : row.failed_calls / row.calls);

interface NoteProps {
  row: SummaryRow;
  before: SummaryRow | undefined;
}

/** Without calls nothing was spent, which is known. */
export const spendOf = (row: SummaryRow) => (row.calls === 0 ? '0' : row.cost_usd);

export function SpendNote({
  row,
  before,
  canOpen,
}: NoteProps & { canOpen: (path: string) => boolean }) {
  const was = before && spendOf(before);
  const unpriced = `+ ${formatCompact(row.unpriced_calls)} unpriced`;
  return (
    <>
      <Change
        change={moneyChangeOf(spendOf(row), was)}
        was={was == null ? undefined : formatMoney(was)}
      />
      {row.unpriced_calls > 0 &&
        (canOpen('/prices') ? (
          <ViewLink to="/prices" className={classes.unpriced}>
            {unpriced}
          </ViewLink>
        ) : (
          <span className={classes.warn}>{unpriced}</span>
        ))}
    </>
  );
}

export function CallsNote({ row, before }: NoteProps) {
  return (
    <>
      <Change
        change={before && changeOf(row.calls, before.calls)}
        was={before && formatCompact(before.calls)}
      />
      {row.estimated_calls > 0 && (
        <span title="Upper bound: the provider did not report the token counts of these calls.">
          {formatCompact(row.estimated_calls)} estimated
        </span>
      )}
    </>
  );
}

export function FailedNote({ row, before }: NoteProps) {
  const [now, then] = [failureRate(row), before && failureRate(before)];
  const change = then === undefined || before?.calls === 0 ? undefined : rateChangeOf(now, then);
  return (
    <>
      <span className={classes.rate}>{formatPercent(now)}</span>
      <Change change={change} bad={then !== undefined && now - then >= BAD_POINTS} />
    </>
  );
}

export function LatencyNote({ row, before }: NoteProps) {
  const [now, then] = [row.latency_p95_ms, before?.latency_p95_ms];
  const firstByte = row.details?.first_byte_ms.p50;
  return (
    <>
      {now != null && then != null && <Change change={changeOf(now, then)} />}
      {firstByte != null && (
        <span title="Median time to the first byte of the response">
          first byte {formatDuration(firstByte)}
        </span>
      )}
    </>
  );
}
