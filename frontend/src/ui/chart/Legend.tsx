// The groups of a chart with their totals. Hovering isolates one, a click filters by it, Shift-click by it alone.
import type { ReactNode } from 'react';
import classes from './Legend.module.css';
import type { ChartSeries } from './layout';
import { Swatch } from './Tooltip';

export interface LegendEntry extends Pick<ChartSeries, 'id' | 'name' | 'color' | 'isOther'> {
  amount: ReactNode;
  /** Whether the view is filtered by this group. */
  isPressed?: boolean;
  /** Cannot be filtered by. */
  isPlain?: boolean;
}

interface LegendProps {
  label: string;
  entries: readonly LegendEntry[];
  onIsolate: (id: string | undefined) => void;
  /** Entries are plain text without it. */
  onPick?: (id: string, only: boolean) => void;
}

export function Legend({ label, entries, onIsolate, onPick }: LegendProps) {
  return (
    <ul className={classes.legend} aria-label={label}>
      {entries.map((entry) => {
        const content = (
          <>
            <Swatch series={entry} />
            <span className={classes.name}>{entry.name}</span>
            <span className={classes.amount}>{entry.amount}</span>
          </>
        );
        const isolate = {
          onPointerEnter: () => onIsolate(entry.id),
          onPointerLeave: () => onIsolate(undefined),
        };
        return (
          <li key={entry.id}>
            {onPick && !entry.isPlain ? (
              <button
                type="button"
                className={classes.entry}
                data-legend
                aria-pressed={entry.isPressed ?? false}
                title={`Filter by ${entry.name}. Shift-click: only this.`}
                onClick={(event) => onPick(entry.id, event.shiftKey)}
                onFocus={() => onIsolate(entry.id)}
                onBlur={() => onIsolate(undefined)}
                {...isolate}
              >
                {content}
              </button>
            ) : (
              <span className={classes.entry} data-legend {...isolate}>
                {content}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
