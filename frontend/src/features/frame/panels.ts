// Dialogs that open on a click are loaded then.
import { lazy } from 'react';

export const FilterDialog = lazy(() =>
  import('./FilterDialog').then((module) => ({ default: module.FilterDialog })),
);
export const KeyboardHelp = lazy(() =>
  import('./KeyboardHelp').then((module) => ({ default: module.KeyboardHelp })),
);
