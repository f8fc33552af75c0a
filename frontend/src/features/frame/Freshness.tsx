// How exact the figures are and up to when, with the state of the sums behind it.
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../../api/usage';
import { formatClock, formatNumberOf } from '../../lib/format';
import { useView } from '../../lib/useView';
import { Popup } from '../../ui/Popup';
import classes from './Freshness.module.css';
import { freshnessOf } from './freshnessText';
import { live } from './live';
import { FreshnessPanel } from './panels';
import { useHeartbeat } from './useHeartbeat';

export function Freshness() {
  const view = useView();
  const isOn = live.use();
  const heartbeat = useHeartbeat(view);
  const health = useQuery(healthQuery);
  const { newCalls, exactAt, isOpen } = heartbeat;
  if (newCalls !== 0) {
    return (
      <button type="button" className={classes.button} onClick={heartbeat.show}>
        <span className={classes.dot} data-tone="ok" data-pulse />
        {newCalls > 0 ? formatNumberOf(newCalls, 'new call') : 'Figures changed'} – show
      </button>
    );
  }
  const at = exactAt === undefined ? undefined : formatClock(exactAt, view.tz);
  const failed = heartbeat.error ?? health.error;
  const { tone, short, text } = freshnessOf(failed ? 'failed' : health.data, at, view.tz);
  const retry = () => {
    heartbeat.retry();
    void health.refetch();
  };
  return (
    <Popup
      role="dialog"
      label="How exact these figures are"
      position="bottom-end"
      width={320}
      button={(props) => (
        <button {...props} type="button" className={classes.button}>
          <span className={classes.dot} data-tone={tone} />
          <span className={classes.long}>{short}</span>
          <span className={classes.brief}>{isOn && isOpen && tone === 'ok' ? 'live' : short}</span>
        </button>
      )}
    >
      {() => <FreshnessPanel text={text} isOpen={isOpen} onRetry={failed ? retry : undefined} />}
    </Popup>
  );
}
