// The dated rows of a line on an axis of time: dots where a price starts, diamonds where calls were corrected.
import { formatDay } from '../../lib/format';
import { isReplaced, type Line } from './book';
import type { PriceRevision } from './queries';
import classes from './Timeline.module.css';

interface TimelineProps {
  line: Line;
  revisions: readonly PriceRevision[];
  zone: string;
}

interface Mark {
  id: string;
  at: number;
  kind: 'price' | 'correction';
  text: string;
}

export function Timeline({ line, revisions, zone }: TimelineProps) {
  const marks = marksOf(line, revisions, zone);
  const now = Date.now();
  const first = Math.min(...marks.map(({ at }) => at));
  const last = Math.max(now, ...marks.map(({ at }) => at));
  if (marks.length < 2) return null;
  const share = (at: number) => (last === first ? 0 : (100 * (at - first)) / (last - first));
  return (
    <div
      className={classes.timeline}
      role="img"
      aria-label={marks.map(({ text }) => text).join('; ')}
    >
      <span className={classes.past} style={{ width: `${share(now)}%` }} />
      {marks.map(({ id, at, kind, text }) => (
        <span
          key={id}
          className={classes.mark}
          data-kind={kind}
          style={{ left: `${share(at)}%` }}
          title={text}
        />
      ))}
      <span className={classes.first}>{formatDay(first, zone)}</span>
      <span className={classes.last}>{last === now ? 'today' : formatDay(last, zone)}</span>
    </div>
  );
}

function marksOf(line: Line, revisions: readonly PriceRevision[], zone: string): Mark[] {
  const prices = line.rows
    .filter((row) => !isReplaced(line, row))
    .map(({ id, effective_from: from }): Mark => {
      const at = Date.parse(from);
      return { id: `p${id}`, at, kind: 'price', text: `price from ${formatDay(at, zone)}` };
    });
  const corrections = revisions
    .filter(
      (row) =>
        row.model === line.model &&
        row.service_tier === line.tier &&
        row.above_input_tokens === line.above,
    )
    .map(({ id, created_at: created, undoes_id: undoes }): Mark => {
      const at = Date.parse(created);
      const what = undoes === null ? `correction #${id}` : `undo of #${undoes}`;
      return { id: `c${id}`, at, kind: 'correction', text: `${what} on ${formatDay(at, zone)}` };
    });
  return [...prices, ...corrections].sort((left, right) => left.at - right.at);
}
