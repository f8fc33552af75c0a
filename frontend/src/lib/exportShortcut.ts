// `x` presses the button of the page that saves what it shows.

export const EXPORT_SHORTCUT = [
  {
    keys: 'x',
    does: 'Export',
    run: () => document.querySelector<HTMLElement>('[data-shortcut="x"]')?.click(),
  },
];
