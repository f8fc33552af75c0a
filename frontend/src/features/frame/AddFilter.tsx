// Adds a filter.
import { ControlPopover } from './ControlPopover';
import { FilterSteps } from './panels';

export function AddFilter() {
  return (
    <ControlPopover name="Filter" text="+ Filter" isEmpty shortcut="/">
      {(close) => <FilterSteps onDone={close} />}
    </ControlPopover>
  );
}
