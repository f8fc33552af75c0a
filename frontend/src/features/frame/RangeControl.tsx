// Chooses the range, and whether the page compares it with the period before.
import { useAsOf } from '../../lib/clock';
import { rangeText } from '../../lib/rangeText';
import { useView } from '../../lib/useView';
import { dateOf, toLocal } from '../../lib/zone';
import { ControlPopover } from './ControlPopover';
import { RangePanel } from './panels';

export function RangeControl() {
  const { range, tz } = useView();
  const today = dateOf(toLocal(useAsOf(), tz));
  return (
    <ControlPopover name="Range" text={rangeText(range, today)}>
      {(close) => <RangePanel onDone={close} />}
    </ControlPopover>
  );
}
