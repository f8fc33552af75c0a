// How much of a limit is used: settled, held by calls in flight, beyond the amount.

import classes from './Meter.module.css';
import { meterParts, meterState } from './meterParts';

interface MeterProps {
  /** What is measured: "checkout-bot, spend per month". */
  label: string;
  /** Parts of the amount: 0.92 is 92 % of it. `overrun` is the part of `used` beyond reservations. */
  used: number;
  reserved?: number;
  overrun?: number;
  /** Whether calls are being refused now, whatever the figures say. */
  refusing?: boolean;
  soft?: boolean;
  /** The figures in words: "$231.40 of $250.00 used, $6.00 in flight". */
  text: string;
  ticks?: boolean;
}

const TICKS = [0.5, 0.8];

export function Meter(props: MeterProps) {
  const {
    label,
    used,
    reserved = 0,
    overrun = 0,
    refusing = false,
    soft,
    text,
    ticks = true,
  } = props;
  const state = meterState({ used, refusing });
  const parts = meterParts({ used, reserved, overrun });
  const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: <meter> cannot show calls in flight and overrun beside what is used.
    <div
      className={classes.meter}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, Math.round(used * 100))}
      aria-valuetext={text}
      data-state={state}
      data-soft={soft || undefined}
    >
      <span className={classes.used} style={{ width: percent(parts.used) }} />
      <span className={classes.reserved} style={{ width: percent(parts.reserved) }} />
      <span className={classes.overrun} style={{ width: percent(parts.overrun) }} />
      {ticks &&
        TICKS.map((tick) => (
          <i
            key={tick}
            className={classes.tick}
            style={{ left: percent(tick * parts.scale) }}
            aria-hidden="true"
          />
        ))}
    </div>
  );
}
