// A chart over time: stacked bars, shares or lines, with a tooltip, brush and keyboard. Data and callbacks only.
import { type RefObject, useEffect, useMemo, useState } from 'react';
import { Axes } from './Axes';
import { Brush } from './Brush';
import type { Bucket, BucketInterval } from './buckets';
import { ChartTooltip } from './ChartTooltip';
import { LiveText } from './LiveText';
import { type ChartForm, type ChartSeries, columnsOf, highest, seriesAt, stackOf } from './layout';
import { CapLine, Marks } from './Marks';
import { Plot } from './Plot';
import { axisTicks, linearScale } from './scale';
import classes from './TimeChart.module.css';
import { timeTicks } from './ticks';
import { type KeyCursor, useChartKeys } from './useChartKeys';
import { type ChartPoint, useChartPointer } from './useChartPointer';
import { useWidth } from './useWidth';

export interface ChartMark {
  bucket: number;
  /** One character that is drawn on the axis. */
  symbol: '◆' | '▲' | '●';
  text: string;
}

export interface TimeChartProps {
  /** A sentence made from the data. */
  label: string;
  buckets: readonly Bucket[];
  series: readonly ChartSeries[];
  form: ChartForm;
  interval: BucketInterval;
  zone: string;
  height: number;
  /** `step`: the distance of the ticks. */
  formatTick: (value: number, step: number) => string;
  /** Exact texts of the tooltip. */
  valueText: (series: number, bucket: number) => string;
  /** Absent where figures cannot be added, as percentiles. */
  totalText?: (bucket: number) => string;
  notes?: (bucket: number) => string[];
  unpriced?: readonly number[];
  marks?: readonly ChartMark[];
  /** A limit as a dashed line. */
  cap?: { value: number; text: string };
  /** The sum of all series, drawn over lines. */
  totalLine?: readonly (number | null)[];
  isolated?: string;
  onZoom?: (first: Bucket, last: Bucket) => void;
  onZoomOut?: () => void;
  onPick?: (id: string, only: boolean) => void;
}

const MARGIN = { top: 16, right: 4, bottom: 26 };

export function TimeChart(props: TimeChartProps) {
  const { series, buckets, form, height } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [hover, setHover] = useState<ChartPoint>();
  useTouchElsewhere(ref, hover?.isTouch ?? false, () => setHover(undefined));
  const plot = usePlot(props, width);
  const count = buckets.length;
  const zoom = props.onZoom && zoomOf(props.onZoom, buckets);
  const pick = (index: number | undefined, only: boolean) => {
    const picked = index === undefined ? undefined : series[index];
    if (picked && !picked.isOther) props.onPick?.(picked.id, only);
  };
  const keys = useChartKeys({
    buckets: count,
    series: series.length,
    onSelect: zoom,
    onPick: pick,
  });
  const segmentAt = (point: ChartPoint) =>
    form === 'lines' || point.top === undefined
      ? undefined
      : seriesAt(plot.stack, point.bucket, plot.y.invert(point.top));
  const pointer = useChartPointer({
    buckets: count,
    step: plot.columns.step,
    margin: { left: plot.left, top: MARGIN.top },
    onHover: setHover,
    onSelect: zoom,
    onClick: (point, only) => pick(segmentAt(point), only),
  });
  const at = hover ?? keys.cursor;
  const bucket = at && buckets[at.bucket] ? at.bucket : undefined;
  const active = hover ? segmentAt(hover) : keys.cursor?.series;
  const selection = pointer.drag ?? selectionOfKeys(keys.cursor);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of figures, not of form fields.
    <div
      ref={ref}
      className={classes.chart}
      role="group"
      aria-roledescription="chart"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is read and brushed by keyboard.
      tabIndex={0}
      style={{ height }}
      onKeyDown={keys.onKeyDown}
      onBlur={keys.clear}
    >
      {width > 0 && (
        <svg
          className={classes.svg}
          width={width}
          height={height}
          data-pickable={props.onPick || props.onZoom ? true : undefined}
          aria-hidden="true"
          onDoubleClick={props.onZoomOut}
          {...pointer.handlers}
        >
          <g transform={`translate(${plot.left} ${MARGIN.top})`}>
            <rect width={plot.width} height={plot.height} fill="transparent" />
            <Axes {...props} {...plot} />
            {bucket !== undefined && (
              <rect
                className={classes.cursor}
                x={bucket * plot.columns.step}
                width={plot.columns.step}
                height={plot.height}
              />
            )}
            <Plot
              {...props}
              {...plot}
              isolated={props.isolated ?? series[keys.cursor?.series ?? -1]?.id}
            />
            <Marks marks={props.marks ?? []} step={plot.columns.step} height={plot.height} />
            {props.cap && <CapLine {...props.cap} y={plot.y} width={plot.width} />}
            {selection && <Brush {...selection} step={plot.columns.step} height={plot.height} />}
          </g>
        </svg>
      )}
      {bucket !== undefined && (
        <ChartTooltip
          {...props}
          bucket={bucket}
          active={active}
          center={plot.left + (bucket + 0.5) * plot.columns.step}
          width={width}
          isPinned={hover?.isTouch ?? false}
        />
      )}
      <LiveText
        {...props}
        bucket={hover ? undefined : keys.cursor?.bucket}
        group={keys.cursor?.series}
      />
    </div>
  );
}

/** A touch outside the chart closes the figures that a touch opened. */
function useTouchElsewhere(
  ref: RefObject<HTMLElement | null>,
  isOpen: boolean,
  onClose: () => void,
) {
  useEffect(() => {
    if (!isOpen) return;
    const close = ({ target }: Event) => {
      if (target instanceof Node && !ref.current?.contains(target)) onClose();
    };
    document.addEventListener('pointerdown', close);
    return () => document.removeEventListener('pointerdown', close);
  });
}

/** Scales, ticks and stacks. */
function usePlot(props: TimeChartProps, fullWidth: number) {
  const { series, buckets, form, interval, zone, height: fullHeight, formatTick } = props;
  const { cap, totalLine } = props;
  return useMemo(() => {
    const height = fullHeight - MARGIN.top - MARGIN.bottom;
    const sums = (totalLine ?? []).map((value) => value ?? 0);
    const top = Math.max(highest(series, form), ...sums, form === 'share' ? 0 : (cap?.value ?? 0));
    const count = height < 170 ? 3 : 4;
    const axis = axisTicks(form === 'share' || top === 0 ? 1 : top, count);
    const y = linearScale(axis.at(-1) ?? 1, height);
    const yTicks = top === 0 ? [0] : axis;
    const step = (yTicks[1] ?? 0) - (yTicks[0] ?? 0);
    const yText = (tick: number) => formatTick(tick, step || tick);
    const left = Math.max(30, 12 + 6.6 * Math.max(...yTicks.map((tick) => yText(tick).length)));
    const width = Math.max(0, fullWidth - left - MARGIN.right);
    const columns = columnsOf(buckets.length, width);
    const ticks = timeTicks(buckets, interval, zone, columns.step);
    const stack = form === 'lines' ? [] : stackOf(series, form);
    return { y, left, width, height, columns, ticks, yTicks, yText, stack };
  }, [series, buckets, form, interval, zone, fullHeight, fullWidth, formatTick, cap, totalLine]);
}

const zoomOf =
  (onZoom: (first: Bucket, last: Bucket) => void, buckets: readonly Bucket[]) =>
  (first: number, last: number) => {
    const [from, to] = [buckets[first], buckets[last]];
    if (from && to) onZoom(from, to);
  };

const selectionOfKeys = (cursor: KeyCursor | undefined) =>
  cursor?.anchor === undefined ? undefined : { first: cursor.anchor, last: cursor.bucket };
