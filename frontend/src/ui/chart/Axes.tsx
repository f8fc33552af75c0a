// Grid, amounts on the left, time below.
import type { Bucket } from './buckets';
import type { Columns } from './layout';
import type { LinearScale } from './scale';
import classes from './TimeChart.module.css';
import type { TimeTick } from './ticks';

interface AxesProps {
  columns: Columns;
  y: LinearScale;
  width: number;
  height: number;
  yTicks: readonly number[];
  yText: (tick: number) => string;
  ticks: readonly TimeTick[];
  buckets: readonly Bucket[];
}

const TICK_GAP = 8;

export function Axes({ columns, y, width, height, yTicks, yText, ticks, buckets }: AxesProps) {
  const center = (index: number) => (index + 0.5) * columns.step;
  const flags = buckets.flatMap(({ flag }, index) => (flag ? [{ flag, index }] : []));
  return (
    <g>
      {yTicks.map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line className={classes.grid} x2={width} />
          <text className={classes.tick} x={-TICK_GAP} dy="0.32em" textAnchor="end">
            {yText(tick)}
          </text>
        </g>
      ))}
      <line className={classes.baseline} x2={width} y1={height} y2={height} />
      {ticks.map(({ index, text, strong }) => (
        <text
          key={index}
          className={classes.tick}
          data-strong={strong || undefined}
          // The first label would stick out to the left of the plot, the last one to the right.
          x={Math.min(Math.max(center(index), index === 0 ? 14 : 0), width - 14)}
          y={height + 18}
          textAnchor="middle"
        >
          {text}
        </text>
      ))}
      {flags.map(({ flag, index }) => (
        <text key={index} className={classes.flag} x={center(index)} y={-4} textAnchor="middle">
          {flag}
        </text>
      ))}
    </g>
  );
}
