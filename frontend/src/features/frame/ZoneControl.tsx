// Chooses the zone whose calendar cuts the days.
import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { useSetView, useView } from '../../lib/useView';
import { browserZone, listZones } from '../../lib/zone';
import { ZonePicker } from '../../ui/ZonePicker';
import { ControlPopover } from './ControlPopover';
import classes from './ZoneControl.module.css';

export function ZoneControl() {
  const { tz } = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const zones = useMemo(() => [...new Set([...listZones(), tz])], [tz]);
  const quick = [...new Set([browserZone(), 'UTC'])].filter((zone) => zone !== tz);
  return (
    <ControlPopover name="Time zone" text={zoneText(tz, asOf)}>
      {(close) => {
        const choose = (zone: string) => {
          setView((view) => ({ ...view, tz: zone }));
          close();
        };
        return (
          <div className={classes.panel}>
            <ZonePicker value={tz} zones={zones} at={asOf} onChange={choose} autoFocus />
            <div className={classes.quick}>
              {quick.map((zone) => (
                <Button key={zone} size="compact-sm" variant="default" onClick={() => choose(zone)}>
                  {zoneText(zone, asOf)}
                </Button>
              ))}
            </div>
            <p className={classes.note}>Days, weeks and months start at midnight of this zone.</p>
          </div>
        );
      }}
    </ControlPopover>
  );
}
