// The filters of a page: range, zone, values of dimensions, prices. On phones all but the first two are in a dialog.
import { AddFilter } from './AddFilter';
import { CostControl } from './CostControl';
import classes from './FilterBar.module.css';
import { FilterChips } from './FilterChips';
import { PhoneFilters } from './PhoneFilters';
import { RangeControl } from './RangeControl';
import { usePhone } from './usePhone';
import { useViewShortcuts } from './useViewShortcuts';
import { ZoneControl } from './ZoneControl';

/** The zone comes with the range: a range means nothing without one. */
export type FilterControl = 'range' | 'zone' | 'values' | 'cost';

export function FilterBar({ controls }: { controls: readonly FilterControl[] }) {
  const isPhone = usePhone();
  const has = (control: FilterControl) => controls.includes(control);
  useViewShortcuts(has('range'));
  return (
    <search className={`filter-bar ${classes.bar}`} aria-label="Filters">
      {has('range') && <RangeControl />}
      {(has('range') || has('zone')) && <ZoneControl />}
      {isPhone && (has('values') || has('cost')) && <PhoneFilters hasCost={has('cost')} />}
      {!isPhone && has('values') && (
        <>
          <FilterChips />
          <AddFilter />
        </>
      )}
      {!isPhone && has('cost') && <CostControl />}
    </search>
  );
}
