// The drawing of a time chart: stacks as one path a series, lines, hatches, caps and marks.

import { useId } from 'react';
import type { Bucket } from './buckets';
import { TOTAL_COLOUR } from './colours';
import {
  barsPath,
  type ChartForm,
  type ChartSeries,
  type Columns,
  linePath,
  type Stack,
} from './layout';
import type { LinearScale } from './scale';
import classes from './TimeChart.module.css';

interface PlotProps {
  form: ChartForm;
  series: readonly ChartSeries[];
  stack: Stack;
  buckets: readonly Bucket[];
  columns: Columns;
  y: LinearScale;
  height: number;
  /** Calls without a price in each bucket: they have no height in money, so a cap marks them. */
  unpriced?: readonly number[];
  totalLine?: readonly (number | null)[];
  isolated?: string;
}

const CAP_PX = 4;

export function Plot(props: PlotProps) {
  const { form, series, isolated } = props;
  const id = useId().replaceAll(/\W/g, '');
  return (
    <g>
      <Hatches id={id} series={series} />
      {series.map((one, index) => (
        <g
          key={one.id}
          className={classes.series}
          data-faded={(isolated && isolated !== one.id) || undefined}
        >
          {form === 'lines' ? (
            <Line {...props} one={one} />
          ) : (
            <path
              d={barsPath(props.stack[index] ?? [], props.columns, props.y)}
              fill={one.isOther ? `url(#${id}-other)` : one.color}
            />
          )}
        </g>
      ))}
      {form === 'lines' && props.totalLine && (
        <g className={classes.series} data-faded={isolated ? true : undefined}>
          <Line
            {...props}
            one={{ id: 'total', name: '', color: TOTAL_COLOUR, values: props.totalLine }}
          />
        </g>
      )}
      {form !== 'lines' && <Partial {...props} id={id} />}
      {form === 'bars' && <Caps {...props} id={id} />}
    </g>
  );
}

function Hatches({ id, series }: { id: string; series: readonly ChartSeries[] }) {
  const other = series.find(({ isOther }) => isOther);
  return (
    <defs>
      {other && (
        <Hatch id={`${id}-other`} size={5}>
          <rect width="5" height="5" fill={other.color} />
          <line y1="0" y2="5" className={classes.hatch} />
        </Hatch>
      )}
      <Hatch id={`${id}-partial`} size={6}>
        <line y1="0" y2="6" className={classes.hatchWide} />
      </Hatch>
      <Hatch id={`${id}-unpriced`} size={4}>
        <line y1="0" y2="4" className={classes.hatchWarn} />
      </Hatch>
    </defs>
  );
}

function Hatch({ id, size, children }: { id: string; size: number; children: React.ReactNode }) {
  return (
    <pattern
      id={id}
      width={size}
      height={size}
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      {children}
    </pattern>
  );
}

/** Stripes in the colour of the panel over the buckets that are not complete. */
function Partial({ stack, columns, y, buckets, id }: PlotProps & { id: string }) {
  const whole = (stack.at(-1) ?? []).map(([, high]) => [0, high] as const);
  const path = barsPath(whole, columns, y, (bucket) => buckets[bucket]?.partial !== undefined);
  return path === '' ? null : <path d={path} fill={`url(#${id}-partial)`} />;
}

function Caps({ stack, columns, y, buckets, unpriced, id }: PlotProps & { id: string }) {
  if (!unpriced) return null;
  const path = buckets
    .map((_, bucket) => {
      if (!unpriced[bucket]) return '';
      const top = y(stack.at(-1)?.[bucket]?.[1] ?? 0) - CAP_PX - 1;
      return `M${columns.x(bucket).toFixed(2)} ${top.toFixed(2)}h${columns.width.toFixed(2)}v${CAP_PX}h${(-columns.width).toFixed(2)}z`;
    })
    .join('');
  return <path d={path} fill={`url(#${id}-unpriced)`} className={classes.cap} />;
}

/** The last stretch is dashed where its bucket is not over. */
function Line({ one, buckets, columns, y }: PlotProps & { one: ChartSeries }) {
  const points = one.values.map((value, bucket) => ({
    x: (bucket + 0.5) * columns.step,
    y: value === null ? undefined : y(value),
  }));
  const isOpen = buckets.at(-1)?.partial !== undefined && points.length > 1;
  const style = { stroke: one.color, className: classes.line };
  const isAlone = (bucket: number) =>
    one.values[bucket] != null && one.values[bucket - 1] == null && one.values[bucket + 1] == null;
  return (
    <>
      <path
        d={linePath(isOpen ? points.slice(0, -1) : points)}
        {...style}
        data-other={one.isOther || undefined}
      />
      {isOpen && <path d={linePath(points.slice(-2))} {...style} strokeDasharray="3 3" />}
      {points.map(
        (point, bucket) =>
          isAlone(bucket) && (
            <circle key={point.x} cx={point.x} cy={point.y} r={2.5} fill={one.color} />
          ),
      )}
    </>
  );
}
