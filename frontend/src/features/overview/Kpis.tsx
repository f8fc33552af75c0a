// The five headline figures; each opens Explore with its metric.
import type { ReactNode } from 'react';
import type { SummaryRow } from '../../api/usage';
import { formatDuration, formatShare } from '../../lib/format';
import type { Metric } from '../../lib/metrics';
import { Count } from '../../ui/Count';
import { Money } from '../../ui/Money';
import { SkeletonText } from '../../ui/Skeletons';
import { Sparkline } from '../../ui/Sparkline';
import { ViewLink } from '../../ui/ViewLink';
import { CallsNote, FailedNote, LatencyNote, SpendNote, spendOf } from './KpiNotes';
import classes from './Kpis.module.css';
import type { KpiTrends } from './trends';

interface KpisProps {
  row: SummaryRow | undefined;
  before: SummaryRow | undefined;
  trends: KpiTrends | undefined;
  canOpen: (path: string) => boolean;
}

export function Kpis({ row, before, trends, canOpen }: KpisProps) {
  const tile = { canOpen, isLoading: !row };
  return (
    <section className={classes.kpis} aria-label="Totals">
      <Tile
        {...tile}
        name="Spend"
        metric="spend"
        value={row && <Money amount={spendOf(row)} />}
        trend={trends?.spend}
      >
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
      <div className={classes.figure}>
        <div className={classes.value}>{isLoading ? <SkeletonText width="5ch" /> : value}</div>
        {trend && (
          <div className={classes.trend}>
            <Sparkline values={trend} width={64} height={22} />
          </div>
        )}
      </div>
      <div className={classes.note}>{isLoading ? <SkeletonText width="14ch" /> : children}</div>
    </div>
  );
}
