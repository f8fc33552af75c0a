// Chooses the range, and whether the page compares it with the period before.
import { Checkbox } from '@mantine/core';
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { PRESETS, pinnedDates, spanBefore } from '../../lib/range';
import { rangeText, spanText } from '../../lib/rangeText';
import { useSetView, useView } from '../../lib/useView';
import { dateOf, toLocal } from '../../lib/zone';
import { DateRangePicker } from '../../ui/DateRangePicker';
import { ControlPopover } from './ControlPopover';
import classes from './RangeControl.module.css';

export function RangeControl() {
  const view = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const today = dateOf(toLocal(asOf, view.tz));
  const before = spanBefore(view.range, view.tz, asOf);
  return (
    <ControlPopover name="Range" text={rangeText(view.range, today)}>
      {(close) => (
        <>
          <DateRangePicker
            presets={PRESETS}
            value={view.range}
            dates={pinnedDates(view.range, view.tz, asOf)}
            zone={zoneText(view.tz, asOf)}
            today={today}
            onChange={(range) => {
              setView((old) => ({ ...old, range }));
              close();
            }}
          />
          <div className={classes.compare}>
            <Checkbox
              size="xs"
              label="Compare with the period before"
              description={
                before ? spanText(before, view.tz, asOf) : 'All time has no period before.'
              }
              disabled={!before}
              checked={view.compare === 'before' && before !== undefined}
              onChange={({ currentTarget: { checked } }) =>
                setView((old) => ({ ...old, compare: checked ? 'before' : 'off' }))
              }
            />
          </div>
        </>
      )}
    </ControlPopover>
  );
}
