// Chooses a range of time: a preset, days in a calendar, or instants to the minute.
import { Button, UnstyledButton } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import classes from './DateRangePicker.module.css';
import { fromPicked, isOrdered, toField, toPicked } from './dateFields';

/** Wall clocks in the zone, `2026-11-01` or `2026-11-01T17:10`; `to` is exclusive. */
export interface PickedDates {
  from: string;
  to: string;
}

interface DateRangePickerProps<Preset extends string> {
  /** Names by preset, in their order. */
  presets: Readonly<Record<Preset, string>>;
  value: Preset | PickedDates;
  /** The dates that the value stands for now; undefined for all time. */
  dates: PickedDates | undefined;
  /** `Europe/Berlin +01:00`, said beside the fields. */
  zone: string;
  /** Today's date in the zone: later days cannot be picked. */
  today: string;
  onChange: (value: Preset | PickedDates) => void;
}

// The calendar weighs 13 kB: it is loaded when the picker opens.
const RangeCalendar = lazy(() =>
  import('./RangeCalendar').then(({ RangeCalendar: Calendar }) => ({ default: Calendar })),
);

export function DateRangePicker<Preset extends string>(props: DateRangePickerProps<Preset>) {
  const { presets, value, dates, zone, today, onChange } = props;
  const [draft, setDraft] = useState<PickedDates | undefined>(dates);
  const names = Object.entries(presets) as [Preset, string][];
  const isValid = draft !== undefined && isOrdered(draft);
  return (
    <div className={classes.picker}>
      <ul className={classes.presets} aria-label="Ranges">
        {names.map(([preset, name]) => (
          <li key={preset}>
            <UnstyledButton
              className={classes.preset}
              aria-pressed={value === preset}
              onClick={() => onChange(preset)}
            >
              {name}
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <div className={classes.custom}>
        <Suspense fallback={<div className={classes.calendar} />}>
          <div className={classes.calendar}>
            <RangeCalendar
              value={toPicked(draft)}
              today={today}
              onChange={(picked) => {
                const next = fromPicked(picked);
                if (next) setDraft(next);
              }}
            />
          </div>
        </Suspense>
        <form
          className={classes.fields}
          onSubmit={(event) => {
            event.preventDefault();
            if (isValid) onChange(draft);
          }}
        >
          {(['from', 'to'] as const).map((end) => (
            <label key={end} className={classes.field}>
              {end === 'from' ? 'From' : 'To, exclusive'}
              <input
                type="datetime-local"
                value={draft ? toField(draft[end]) : ''}
                max={end === 'from' ? `${today}T23:59` : undefined}
                onChange={({ currentTarget }) =>
                  setDraft({ from: '', to: '', ...draft, [end]: currentTarget.value })
                }
              />
            </label>
          ))}
          <Button type="submit" size="xs" disabled={!isValid}>
            Apply
          </Button>
          <p className={classes.zone}>Times in {zone}</p>
        </form>
      </div>
    </div>
  );
}
