// The range that is being dragged over or selected by keys.
import classes from './TimeChart.module.css';

interface BrushProps {
  first: number;
  last: number;
  step: number;
  height: number;
}

export function Brush({ first, last, step, height }: BrushProps) {
  return (
    <rect
      className={classes.brush}
      x={Math.min(first, last) * step}
      y={0}
      width={(Math.abs(last - first) + 1) * step}
      height={height}
    />
  );
}
