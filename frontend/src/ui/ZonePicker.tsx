// Chooses an IANA time zone, found by city, region or offset.
import { useMemo } from 'react';
import { Combo } from './Combo';
import { zoneOptions } from './zoneOptions';

interface ZonePickerProps {
  value: string;
  /** All names, for example `listZones()`. */
  zones: readonly string[];
  /** The instant whose offsets are shown. */
  at: number;
  onChange: (zone: string) => void;
  label?: string;
  hideLabel?: boolean;
  autoFocus?: boolean;
}

export function ZonePicker({ zones, at, label = 'Time zone', ...rest }: ZonePickerProps) {
  const options = useMemo(() => zoneOptions(zones, at), [zones, at]);
  return (
    <Combo {...rest} label={label} options={options} maxOptions={60} placeholder="City or +01:00" />
  );
}
