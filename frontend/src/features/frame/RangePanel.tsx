// The ranges to choose from, and whether the page compares with the period before.
import { Checkbox } from '@mantine/core';
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { PRESETS, pinnedDates, spanBefore } from '../../lib/range';
import { spanText } from '../../lib/rangeText';
import { useSetView, useView } from '../../lib/useView';
import { dateOf, toLocal } from '../../lib/zone';
import { DateRangePicker } from '../../ui/DateRangePicker';
import classes from './RangePanel.module.css';

export function RangePanel({ onDone }: { onDone: () => void }) {
  const view = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const before = spanBefore(view.range, view.tz, asOf);
  return (
    <>
      <DateRangePicker
        presets={PRESETS}
        value={view.range}
        dates={pinnedDates(view.range, view.tz, asOf)}
        zone={zoneText(view.tz, asOf)}
        today={dateOf(toLocal(asOf, view.tz))}
        onChange={(range) => {
          setView((old) => ({ ...old, range }));
          onDone();
        }}
      />
      <div className={classes.compare}>
        <Checkbox
          size="xs"
          label="Compare with the period before"
          description={before ? spanText(before, view.tz, asOf) : 'All time has no period before.'}
          disabled={!before}
          checked={view.compare === 'before' && before !== undefined}
          onChange={({ currentTarget: { checked } }) =>
            setView((old) => ({ ...old, compare: checked ? 'before' : 'off' }))
          }
        />
      </div>
    </>
  );
}
