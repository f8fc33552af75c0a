// A chart as a real table: buckets × groups, with the same figures.
import type { Bucket } from './buckets';
import classes from './ChartTable.module.css';
import type { ChartSeries } from './layout';

interface ChartTableProps {
  caption: string;
  buckets: readonly Bucket[];
  series: readonly ChartSeries[];
  valueText: (series: number, bucket: number) => string;
  /** Absent where figures cannot be added, as percentiles. */
  totalText?: (bucket: number) => string;
  height: number;
}

export function ChartTable({
  caption,
  buckets,
  series,
  valueText,
  totalText,
  height,
}: ChartTableProps) {
  return (
    <section
      className={classes.scroll}
      style={{ maxHeight: height }}
      aria-label={caption}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
      tabIndex={0}
    >
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {totalText && <th scope="col">Total</th>}
            {series.map(({ id, name }) => (
              <th key={id} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {buckets.map(({ start, name, partial }, bucket) => (
            <tr key={start}>
              <th scope="row">
                {name}
                {partial && <span className={classes.partial}> {partial}</span>}
              </th>
              {totalText && <td>{totalText(bucket)}</td>}
              {series.map(({ id }, index) => (
                <td key={id}>{valueText(index, bucket)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
