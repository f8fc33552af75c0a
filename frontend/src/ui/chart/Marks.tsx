// Events on the axis, and the amount of a limit.
import type { LinearScale } from './scale';
import type { ChartMark } from './TimeChart';
import classes from './TimeChart.module.css';

interface MarksProps {
  marks: readonly ChartMark[];
  step: number;
  height: number;
}

export function Marks({ marks, step, height }: MarksProps) {
  return (
    <g>
      {marks.map(({ bucket, symbol, text }) => (
        <text
          key={`${bucket} ${symbol} ${text}`}
          className={classes.mark}
          x={(bucket + 0.5) * step}
          y={height + 4}
          textAnchor="middle"
        >
          {symbol}
        </text>
      ))}
    </g>
  );
}

interface CapLineProps {
  value: number;
  text: string;
  y: LinearScale;
  width: number;
}

export function CapLine({ value, text, y, width }: CapLineProps) {
  const top = y(value);
  return (
    <g>
      <line className={classes.limit} x1={0} x2={width} y1={top} y2={top} />
      <text className={classes.limitText} x={width - 4} y={top + 13} textAnchor="end">
        {text}
      </text>
    </g>
  );
}
