// All zones by name, and the likely ones as buttons.
import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { useAsOf } from '../../lib/clock';
import { zoneText } from '../../lib/format';
import { useSetView, useView } from '../../lib/useView';
import { browserZone, listZones } from '../../lib/zone';
import { ZonePicker } from '../../ui/ZonePicker';
import classes from './ZonePanel.module.css';

export function ZonePanel({ onDone }: { onDone: () => void }) {
  const { tz } = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const zones = useMemo(() => [...new Set([...listZones(), tz])], [tz]);
  const quick = [...new Set([browserZone(), 'UTC'])].filter((zone) => zone !== tz);
  const choose = (zone: string) => {
    setView((view) => ({ ...view, tz: zone }));
    onDone();
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
}
