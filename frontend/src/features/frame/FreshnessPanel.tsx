// What stands behind "Exact to …", and the switch that follows new calls.
import { Button, Switch } from '@mantine/core';
import classes from './Freshness.module.css';
import { live } from './live';

interface FreshnessPanelProps {
  text: readonly string[];
  /** The range holds now, so that new calls can arrive. */
  isOpen: boolean;
  /** Present where the last request failed. */
  onRetry?: () => void;
}

export function FreshnessPanel({ text, isOpen, onRetry }: FreshnessPanelProps) {
  const isOn = live.use();
  return (
    <div className={classes.panel}>
      {text.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {onRetry && (
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          Retry
        </Button>
      )}
      <Switch
        size="xs"
        label="Follow new calls"
        description={
          isOpen
            ? 'Checks every 15 seconds. Nothing moves while you point at a chart or table.'
            : 'This range has ended: no call can be added to it.'
        }
        disabled={!isOpen}
        checked={isOn && isOpen}
        onChange={({ currentTarget: { checked } }) => live.set(checked)}
      />
    </div>
  );
}
