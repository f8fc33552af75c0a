// The tooltip of a bucket, beside it; above the plot where there is no room, or a finger.
import { remarksOf, rowsOf } from './readings';
import type { TimeChartProps } from './TimeChart';
import { Tooltip } from './Tooltip';

interface ChartTooltipProps extends TimeChartProps {
  bucket: number;
  /** Index of the group under the pointer. */
  active?: number;
  /** Pixels of the bucket's centre from the left of the chart. */
  center: number;
  width: number;
  isPinned: boolean;
}

const NARROW_PX = 520;

export function ChartTooltip(props: ChartTooltipProps) {
  const { bucket, active, center, width, isPinned } = props;
  return (
    <Tooltip
      title={props.buckets[bucket]?.name ?? ''}
      remarks={remarksOf(props, bucket)}
      total={props.totalText?.(bucket)}
      rows={rowsOf(props, bucket)}
      notes={props.notes?.(bucket) ?? []}
      active={active === undefined ? undefined : props.series[active]?.id}
      left={isPinned || width < NARROW_PX ? undefined : center}
      side={center > width / 2 ? 'left' : 'right'}
    />
  );
}
