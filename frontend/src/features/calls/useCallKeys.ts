// Keys of the list while a call is open: `j` and `k` go to the next and the previous one.
import { useMemo } from 'react';
import { useShortcuts } from '../../lib/useShortcuts';
import type { Call } from './queries';

export function useCallKeys(
  rows: readonly Call[],
  openCall: string | undefined,
  open: (id: string) => void,
) {
  const shortcuts = useMemo(() => {
    const step = (by: 1 | -1) => () => {
      const index = rows.findIndex(({ id }) => id === openCall);
      const next = rows[openCall === undefined ? 0 : index + by];
      if (next && (openCall === undefined || index >= 0)) open(next.id);
    };
    return [
      { keys: 'j', does: 'Next call', run: step(1) },
      { keys: 'k', does: 'Previous call', run: step(-1) },
    ];
  }, [rows, openCall, open]);
  useShortcuts(shortcuts);
}
