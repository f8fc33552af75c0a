// One square a day. Shape and colour say the state; a click opens the day in the table.
import { UnstyledButton } from '@mantine/core';
import { formatDay } from '../../lib/format';
import type { everyDay, State } from './days';
import { STATES } from './days';
import classes from './Reconcile.module.css';

interface DayStripProps {
  days: ReturnType<typeof everyDay>;
  onOpen: (day: string) => void;
}

export const dayText = (day: string) => formatDay(`${day}T00:00:00Z`, 'UTC');

export function DayStrip({ days, onOpen }: DayStripProps) {
  const counts = (Object.keys(STATES) as State[]).map((state) => ({
    state,
    count: days.filter((day) => day.state === state).length,
  }));
  return (
    <>
      <ol className={classes.strip} aria-label="Days, oldest first">
        {days.map(({ day, state }) => (
          <li key={day}>
            <UnstyledButton
              className={classes.day}
              data-state={state}
              aria-label={`${dayText(day)}: ${state}`}
              title={`${dayText(day)}: ${state}`}
              disabled={state === 'no calls'}
              onClick={() => onOpen(day)}
            />
          </li>
        ))}
      </ol>
      <ul className={classes.legend}>
        {counts
          .filter(({ count }) => count > 0)
          .map(({ state, count }) => (
            <li key={state} title={STATES[state]}>
              <span className={classes.day} data-state={state} aria-hidden="true" />
              {count} {state}
            </li>
          ))}
      </ul>
    </>
  );
}
