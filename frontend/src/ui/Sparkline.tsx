// A small line without axes beside a figure. Decoration: the figures are in the table or the chart.
import classes from './Sparkline.module.css';

interface SparklineProps {
  values: readonly number[];
  width?: number;
  height?: number;
  /** A colour token, for example `var(--s0)`. */
  color?: string;
}

export function Sparkline({ values, width = 72, height = 20, color }: SparklineProps) {
  const max = Math.max(...values, 0);
  if (values.length < 2 || max === 0)
    return <span className={classes.none} style={{ width, height }} />;
  const step = (width - 2) / (values.length - 1);
  const points = values.map(
    (value, index) =>
      `${(1 + index * step).toFixed(1)},${(height - 1.5 - (value / max) * (height - 3)).toFixed(1)}`,
  );
  return (
    <svg className={classes.line} width={width} height={height} aria-hidden="true">
      <polygon
        className={classes.area}
        points={`1,${height} ${points.join(' ')} ${width - 1},${height}`}
        style={{ fill: color }}
      />
      <polyline points={points.join(' ')} style={{ stroke: color }} />
    </svg>
  );
}
