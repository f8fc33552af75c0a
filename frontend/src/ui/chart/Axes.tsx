// Grid, amounts on the left, time below.
import { AxisBottom, AxisLeft } from '@visx/axis';
import { GridRows } from '@visx/grid';
import type { scaleBand, scaleLinear } from '@visx/scale';
import type { Bucket } from './buckets';
import classes from './TimeChart.module.css';
import type { TimeTick } from './ticks';

interface AxesProps {
  x: ReturnType<typeof scaleBand<number>>;
  y: ReturnType<typeof scaleLinear<number>>;
  width: number;
  height: number;
  yTicks: number[];
  yText: (tick: number) => string;
  ticks: readonly TimeTick[];
  buckets: readonly Bucket[];
}

const TICK_GAP = 8;

export function Axes({ x, y, width, height, yTicks, yText, ticks, buckets }: AxesProps) {
  const byIndex = new Map(ticks.map((tick) => [tick.index, tick]));
  const flags = buckets.flatMap(({ flag }, index) => (flag ? [{ flag, index }] : []));
  return (
    <g>
      <GridRows scale={y} width={width} tickValues={yTicks} className={classes.grid} stroke="" />
      <AxisLeft
        scale={y}
        hideAxisLine
        hideTicks
        tickValues={yTicks}
        tickFormat={(value) => yText(Number(value))}
        tickComponent={({ formattedValue, y: top }) => (
          <text className={classes.tick} x={-TICK_GAP} y={top} dy="0.32em" textAnchor="end">
            {formattedValue}
          </text>
        )}
      />
      <AxisBottom
        scale={x}
        top={height}
        hideTicks
        axisLineClassName={classes.baseline}
        stroke=""
        tickValues={[...byIndex.keys()]}
        tickComponent={({ x: left, formattedValue }) => {
          const tick = byIndex.get(Number(formattedValue));
          return (
            <text
              className={classes.tick}
              data-strong={tick?.strong || undefined}
              // The first label would stick out to the left of the plot.
              x={Math.max(left, tick?.index === 0 ? 14 : 0)}
              y={18}
              textAnchor="middle"
            >
              {tick?.text}
            </text>
          );
        }}
        tickFormat={(index) => String(index)}
      />
      {flags.map(({ flag, index }) => (
        <text
          key={index}
          className={classes.flag}
          x={(x(index) ?? 0) + x.bandwidth() / 2}
          y={-4}
          textAnchor="middle"
        >
          {flag}
        </text>
      ))}
    </g>
  );
}
