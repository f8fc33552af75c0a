// Time zones as options of a list: the region in words, the offset as hint; typing an offset finds it too.
import { offsetText } from '../lib/zone';
import type { ComboOption } from './Combo';

export function zoneOptions(zones: readonly string[], at: number): ComboOption[] {
  return zones.map((zone) => {
    const offset = offsetText(at, zone);
    return {
      value: zone,
      label: zone.replaceAll('_', ' '),
      hint: offset,
      search: `${zone} ${offset}`,
    };
  });
}
