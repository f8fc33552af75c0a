// How exact the figures are and up to when, with the state of the sums behind it.
import { Button, Popover, Switch, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { healthQuery } from '../../api/usage';
import { formatClock, formatNumberOf } from '../../lib/format';
import { useView } from '../../lib/useView';
import classes from './Freshness.module.css';
import { freshnessOf } from './freshnessText';
import { live } from './live';
import { useHeartbeat } from './useHeartbeat';

export function Freshness() {
  const view = useView();
  const isOn = live.use();
  const heartbeat = useHeartbeat(view);
  const health = useQuery(healthQuery);
  const { newCalls, exactAt, isOpen } = heartbeat;
  if (newCalls !== 0) {
    return (
      <UnstyledButton className={classes.button} onClick={heartbeat.show}>
        <span className={classes.dot} data-tone="ok" data-pulse />
        {newCalls > 0 ? formatNumberOf(newCalls, 'new call') : 'Figures changed'} – show
      </UnstyledButton>
    );
  }
  const at = exactAt === undefined ? undefined : formatClock(exactAt, view.tz);
  const failed = heartbeat.error ?? health.error;
  const { tone, short, text } = freshnessOf(failed ? 'failed' : health.data, at, view.tz);
  return (
    <Popover position="bottom-end" width={320} shadow="md" withRoles={false}>
      <Popover.Target>
        <UnstyledButton className={classes.button} aria-haspopup="dialog">
          <span className={classes.dot} data-tone={tone} />
          <span className={classes.long}>{short}</span>
          <span className={classes.brief}>{isOn && isOpen && tone === 'ok' ? 'live' : short}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="How exact these figures are">
        <div className={classes.panel}>
          {text.map((line) => (
            <p key={line}>{line}</p>
          ))}
          {failed && (
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                heartbeat.retry();
                void health.refetch();
              }}
            >
              Retry
            </Button>
          )}
          <Switch
            size="xs"
            label="Follow new calls"
            description={
              isOpen
                ? 'Asks every 15 seconds. Nothing moves while you point at a chart or table.'
                : 'This range has ended: no call can be added to it.'
            }
            disabled={!isOpen}
            checked={isOn && isOpen}
            onChange={({ currentTarget: { checked } }) => live.set(checked)}
          />
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
