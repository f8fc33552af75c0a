// Keyboard shortcuts: single keys and two-key sequences such as `g c`. Pure; `useShortcuts` listens to the document.

export interface Shortcut {
  /** `x`, `?`, or a sequence: `g o`. */
  keys: string;
  /** For the list of shortcuts. */
  does: string;
  run: () => void;
}

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

export const SEQUENCE_MS = 1_500;

/** Where letters are text, or where a widget has keys of its own. */
const TYPING = 'input, textarea, select, [contenteditable], [role="textbox"], [role="menu"]';

export const takesKeys = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest(TYPING) !== null;

/** Follows key presses and reports the shortcut that each completes. */
export function createMatcher() {
  let pending: { key: string; at: number } | undefined;
  return (press: KeyPress, at: number, shortcuts: readonly Shortcut[]): Shortcut | undefined => {
    if (press.ctrlKey || press.metaKey || press.altKey) {
      pending = undefined;
      return undefined;
    }
    if (press.key === 'Shift') return undefined;
    const first = pending && at - pending.at <= SEQUENCE_MS ? pending.key : undefined;
    pending = undefined;
    if (first !== undefined) {
      const sequence = shortcuts.find(({ keys }) => keys === `${first} ${press.key}`);
      if (sequence) return sequence;
    }
    const single = shortcuts.find(({ keys }) => keys === press.key);
    if (!single && shortcuts.some(({ keys }) => keys.startsWith(`${press.key} `))) {
      pending = { key: press.key, at };
    }
    return single;
  };
}
