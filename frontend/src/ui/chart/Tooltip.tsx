// The figures of one bucket: its total, and the groups in the order of the stack, top to bottom.
import type { ChartSeries } from './layout';
import classes from './Tooltip.module.css';

export interface TooltipRow {
  series: ChartSeries;
  text: string;
  share?: string;
}

interface TooltipProps {
  title: string;
  /** "so far", "cut by the range", "25 h". */
  remarks: readonly string[];
  total?: string;
  rows: readonly TooltipRow[];
  /** "unpriced 12", "estimated 3". */
  notes: readonly string[];
  /** The group under the pointer or chosen by keys. */
  active?: string;
  /** Pixels from the left of the chart; undefined pins it above the plot. */
  left?: number;
  side: 'left' | 'right';
}

const MAX_ROWS = 10;

export function Tooltip({ title, remarks, total, rows, notes, active, left, side }: TooltipProps) {
  const shown = rows.slice(0, MAX_ROWS);
  return (
    <div
      className={classes.tooltip}
      data-side={side}
      data-pinned={left === undefined || undefined}
      style={left === undefined ? undefined : { left }}
      aria-hidden="true"
    >
      <p className={classes.title}>
        {title}
        {remarks.map((remark) => (
          <span key={remark} className={classes.remark}>
            {remark}
          </span>
        ))}
      </p>
      {total !== undefined && (
        <p className={classes.total}>
          <span>Total</span>
          <span>{total}</span>
        </p>
      )}
      {shown.map(({ series, text, share }) => (
        <p key={series.id} className={classes.row} data-active={series.id === active || undefined}>
          <Swatch series={series} />
          <span className={classes.name}>{series.name}</span>
          <span className={classes.value}>{text}</span>
          <span className={classes.share}>{share}</span>
        </p>
      ))}
      {rows.length > shown.length && (
        <p className={classes.more}>+{rows.length - shown.length} more</p>
      )}
      {notes.length > 0 && <p className={classes.notes}>{notes.join(' · ')}</p>}
    </div>
  );
}

export function Swatch({ series }: { series: Pick<ChartSeries, 'color' | 'isOther'> }) {
  return (
    <span
      className={classes.swatch}
      data-other={series.isOther || undefined}
      style={{ backgroundColor: series.color }}
    />
  );
}
