// Chooses the zone whose calendar cuts the days.
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { useView } from '../../lib/useView';
import { ControlPopover } from './ControlPopover';
import { ZonePanel } from './panels';

export function ZoneControl() {
  const { tz } = useView();
  return (
    <ControlPopover name="Time zone" text={zoneText(tz, useAsOf())}>
      {(close) => <ZonePanel onDone={close} />}
    </ControlPopover>
  );
}
