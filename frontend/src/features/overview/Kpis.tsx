// The five headline figures; each opens Explore with its metric.
import type { ReactNode } from 'react';
import type { SummaryRow } from '../../api/usage';
import { changeOf, moneyChangeOf, rateChangeOf } from '../../lib/change';
import { formatCompact, formatDuration, formatPercent, formatShare } from '../../lib/format';
import type { Metric } from '../../lib/metrics';
import { formatMoney } from '../../lib/money';
import { Change } from '../../ui/Change';
import { Count } from '../../ui/Count';
import { Money } from '../../ui/Money';
import { SkeletonText } from '../../ui/Skeletons';
import { Sparkline } from '../../ui/Sparkline';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Kpis.module.css';

export interface KpiTrends {
  calls: number[];
  tokens: number[];
  failed: number[];
}

interface KpisProps {
  row: SummaryRow | undefined;
  before: SummaryRow | undefined;
  trends: KpiTrends | undefined;
  canOpen: (path: string) => boolean;
}

/** A failure rate that rose by a point or more is red. */
const BAD_POINTS = 0.01;

export function Kpis({ row, before, trends, canOpen }: KpisProps) {
  const tile = { canOpen, isLoading: !row };
  return (
    <section className={classes.kpis} aria-label="Totals">
      <Tile {...tile} name="Spend" metric="spend" value={row && <Spend row={row} />}>
        {row && <SpendNote row={row} before={before} canOpen={canOpen} />}
      </Tile>
      <Tile
        {...tile}
        name="Calls"
        metric="calls"
        value={row && <Count value={row.calls} />}
        trend={trends?.calls}
      >
        {row && <CallsNote row={row} before={before} />}
      </Tile>
      <Tile
        {...tile}
        name="Tokens"
        metric="input"
        value={row && <Count value={tokensOf(row)} />}
        trend={trends?.tokens}
      >
        {row && `${formatShare(row.total_cached_tokens, row.total_input_tokens)} of input cached`}
      </Tile>
      <Tile
        {...tile}
        name="Failed"
        metric="failed"
        value={row && <Count value={row.failed_calls} />}
        trend={trends?.failed}
      >
        {row && <FailedNote row={row} before={before} />}
      </Tile>
      <Tile
        {...tile}
        name="Latency p95"
        metric="latency"
        value={row && formatDuration(row.latency_p95_ms)}
      >
        {row && <LatencyNote row={row} before={before} />}
      </Tile>
    </section>
  );
}

const tokensOf = (row: SummaryRow) => row.total_input_tokens + row.total_output_tokens;
const failureRate = (row: SummaryRow) => (row.calls === 0 ? 0 : row.failed_calls / row.calls);

interface NoteProps {
  row: SummaryRow;
  before: SummaryRow | undefined;
}

/** Without calls nothing was spent, which is known. */
const spendOf = (row: SummaryRow) => (row.calls === 0 ? '0' : row.cost_usd);

function Spend({ row }: { row: SummaryRow }) {
  return <Money amount={spendOf(row)} />;
}

function SpendNote({ row, before, canOpen }: NoteProps & { canOpen: KpisProps['canOpen'] }) {
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

function CallsNote({ row, before }: NoteProps) {
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

function FailedNote({ row, before }: NoteProps) {
  const [now, then] = [failureRate(row), before && failureRate(before)];
  const change = then === undefined || before?.calls === 0 ? undefined : rateChangeOf(now, then);
  return (
    <>
      <span className={classes.rate}>{formatPercent(now)}</span>
      <Change change={change} bad={then !== undefined && now - then >= BAD_POINTS} />
    </>
  );
}

function LatencyNote({ row, before }: NoteProps) {
  const [now, then] = [row.latency_p95_ms, before?.latency_p95_ms];
  const firstByte = row.details?.first_byte_ms.p50;
  return (
    <>
      {now != null && then != null && <Change change={changeOf(now, then)} />}
      {firstByte != null && (
        <span title="Median time to the first byte of the answer">
          first byte {formatDuration(firstByte)}
        </span>
      )}
    </>
  );
}

interface TileProps {
  name: string;
  metric: Metric;
  value: ReactNode;
  trend?: number[];
  isLoading: boolean;
  canOpen: (path: string) => boolean;
  children: ReactNode;
}

function Tile({ name, metric, value, trend, isLoading, canOpen, children }: TileProps) {
  return (
    <div className={classes.tile} data-metric={metric}>
      <h2 className={classes.name}>
        {canOpen('/explore') ? (
          <ViewLink to="/explore" own={{ metric }} className={classes.open}>
            {name}
          </ViewLink>
        ) : (
          name
        )}
      </h2>
      <div className={classes.value}>{isLoading ? <SkeletonText width="5ch" /> : value}</div>
      <div className={classes.note}>{isLoading ? <SkeletonText width="14ch" /> : children}</div>
      {trend && (
        <div className={classes.trend}>
          <Sparkline values={trend} width={64} height={22} />
        </div>
      )}
    </div>
  );
}
