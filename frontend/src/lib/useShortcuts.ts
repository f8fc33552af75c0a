// Keyboard shortcuts of mounted components. Pages add theirs with `useShortcuts`; the frame listens and lists them.
import { useEffect } from 'react';
import { createMatcher, type Shortcut, takesKeys } from './shortcuts';
import { useShortcutsAreOn } from './stored';

const groups = new Set<readonly Shortcut[]>();

export const activeShortcuts = (): Shortcut[] => [...groups].flat();

/** Memoize the list with useMemo: each new array is registered again. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    groups.add(shortcuts);
    return () => {
      groups.delete(shortcuts);
    };
  }, [shortcuts]);
}

/** Off while a field has the focus, while a dialog is open, and where the user switched them off. */
export function useShortcutListener(): void {
  const areOn = useShortcutsAreOn();
  useEffect(() => {
    if (!areOn) return;
    const match = createMatcher();
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || takesKeys(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      const shortcut = match(event, event.timeStamp, activeShortcuts());
      if (!shortcut) return;
      event.preventDefault();
      shortcut.run();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [areOn]);
}
