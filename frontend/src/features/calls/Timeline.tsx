// Where the time of a call went, as a bar and in words.
import { formatDuration } from '../../lib/format';
import type { Call } from './queries';
import receipt from './Receipt.module.css';
import classes from './Timeline.module.css';
import { timelineOf } from './timeline';

export function Timeline({ call }: { call: Call }) {
  const spans = timelineOf(call);
  return (
    <section aria-labelledby="timeline-title">
      <h3 id="timeline-title" className={receipt.title}>
        Time {formatDuration(call.latency_ms)}
      </h3>
      {spans ? (
        <>
          <div className={classes.bar} aria-hidden="true">
            {spans.map(({ id, ms }) => (
              <span key={id} className={classes.part} data-part={id} style={{ flexGrow: ms }} />
            ))}
          </div>
          <ul className={classes.list}>
            {spans.map(({ id, name, ms }) => (
              <li key={id}>
                <span className={classes.swatch} data-part={id} aria-hidden="true" />
                {name}
                <span className={classes.ms}>{formatDuration(ms)}</span>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className={receipt.note}>Its duration is unknown: the call was abandoned.</p>
      )}
    </section>
  );
}
