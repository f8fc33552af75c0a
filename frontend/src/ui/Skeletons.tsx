// Placeholders of the final size. They appear after 150 ms, so that fast answers do not flicker.
import classes from './Skeletons.module.css';

interface SkeletonProps {
  /** Read by screen readers: "Loading calls". */
  label: string;
}

export function SkeletonRows({ label, rows = 6 }: SkeletonProps & { rows?: number }) {
  return (
    <div className={classes.rows} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity and no state.
        <div key={row} className={classes.row}>
          <span className={classes.block} style={{ width: `${34 - ((row * 7) % 16)}%` }} />
          <span className={classes.block} style={{ width: '14%' }} />
        </div>
      ))}
    </div>
  );
}

const BARS = [34, 52, 71, 64, 78, 40, 30, 58, 74, 82, 69, 77, 42, 33, 61, 80, 72, 85, 70, 38];

export function SkeletonChart({ label, height }: SkeletonProps & { height: number }) {
  return (
    <div className={classes.chart} style={{ height }} role="status" aria-label={label}>
      {BARS.map((share, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars have no identity and no state.
        <span key={index} className={classes.block} style={{ height: `${share}%` }} />
      ))}
    </div>
  );
}

/** One line of text of the given width, for example `8ch`. */
export function SkeletonText({ width = '8ch' }: { width?: string }) {
  return <span className={classes.text} style={{ width }} aria-hidden="true" />;
}
