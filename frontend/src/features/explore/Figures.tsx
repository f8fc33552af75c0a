// A figure of a row in any metric, and its change.
import { changeOf } from '../../lib/change';
import { formatDuration } from '../../lib/format';
import {
  exactValue,
  formatExact,
  isAdditive,
  type Metric,
  type Sums,
  timeValue,
} from '../../lib/metrics';
import { Change } from '../../ui/Change';
import { Count } from '../../ui/Count';
import { Money } from '../../ui/Money';

interface FigureProps {
  sums: Sums;
  metric: Metric;
  decimals: number;
}

export function Figure({ sums, metric, decimals }: FigureProps) {
  if (!isAdditive(metric)) return formatDuration(timeValue(sums, metric));
  if (metric === 'spend') {
    const amount = sums.calls === 0 ? '0' : sums.cost_usd;
    return <Money amount={amount} mode={decimals} />;
  }
  return <Count value={Number(exactValue(sums, metric) ?? 0n)} dimZero />;
}

interface MetricChangeProps {
  now: Sums;
  before: Sums | undefined;
  metric: Metric;
}

export function MetricChange({ now, before, metric }: MetricChangeProps) {
  if (!before) return null;
  if (!isAdditive(metric)) {
    const [after, base] = [timeValue(now, metric), timeValue(before, metric)];
    return after == null || base == null ? null : <Change change={changeOf(after, base)} />;
  }
  const [after, base] = [valueOrNone(now, metric), valueOrNone(before, metric)];
  if (after === null || base === null) return null;
  const change = changeOf(after, base);
  if (!change) return null;
  return (
    <span title={`was ${formatExact(base, metric)}`}>
      <Change change={change} />
    </span>
  );
}

/** Without calls nothing was spent, which is known. */
const valueOrNone = (sums: Sums, metric: Metric) =>
  sums.calls === 0 ? 0n : exactValue(sums, metric);
