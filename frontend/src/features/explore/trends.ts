// Colour and line of the groups that have a series of their own in the chart.
import type { Dim } from '../../api/params';
import type { Timeseries } from '../../api/usage';
import type { Metric } from '../../lib/metrics';
import { usageChart } from '../../lib/usageChart';
import { coloursOf } from '../../ui/chart/colours';

export type Trends = ReadonlyMap<string, { values: number[]; color: string }>;

export function trendsOf(
  answer: Timeseries | undefined,
  by: Dim,
  metric: Metric,
  owners: readonly string[],
): Trends {
  if (!answer) return new Map();
  const { series } = usageChart(answer, { by, metric });
  const groups = series.filter(({ isOther }) => !isOther);
  const colours = coloursOf(
    owners,
    groups.map(({ id }) => id),
  );
  return new Map(
    groups.map(({ id, values }) => [
      id,
      { values: values.map((value) => value ?? 0), color: colours.get(id) ?? '' },
    ]),
  );
}
