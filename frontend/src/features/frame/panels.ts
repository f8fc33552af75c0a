// Dialogs and panels that open on a click are loaded then.
import { lazy } from 'react';

export const FilterDialog = lazy(() =>
  import('./FilterDialog').then((module) => ({ default: module.FilterDialog })),
);
export const FilterSteps = lazy(() =>
  import('./FilterSteps').then((module) => ({ default: module.FilterSteps })),
);
export const FreshnessPanel = lazy(() =>
  import('./FreshnessPanel').then((module) => ({ default: module.FreshnessPanel })),
);
export const KeyboardHelp = lazy(() =>
  import('./KeyboardHelp').then((module) => ({ default: module.KeyboardHelp })),
);
export const RangePanel = lazy(() =>
  import('./RangePanel').then((module) => ({ default: module.RangePanel })),
);
export const ZonePanel = lazy(() =>
  import('./ZonePanel').then((module) => ({ default: module.ZonePanel })),
);
