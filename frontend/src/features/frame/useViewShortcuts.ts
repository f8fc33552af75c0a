// Keys that change the view: back and forward by its length, today, live, filter.
import { useMemo } from 'react';
import { clock } from '../../lib/clock';
import { movedRange } from '../../lib/range';
import { toast } from '../../lib/toast';
import { useShortcuts } from '../../lib/useShortcuts';
import { useSetView } from '../../lib/useView';
import { live } from './live';

const NONE = [] as const;

export function useViewShortcuts(hasRange: boolean) {
  const setView = useSetView();
  const shortcuts = useMemo(() => {
    const move = (direction: -1 | 1) =>
      setView((view) => ({
        ...view,
        range: movedRange(view.range, view.tz, clock.asOf(), direction) ?? view.range,
      }));
    return [
      { keys: '/', does: 'Add a filter', run: pressFilter },
      { keys: '[', does: 'Previous range', run: () => move(-1) },
      { keys: ']', does: 'Next range', run: () => move(1) },
      { keys: 't', does: 'Today', run: () => setView((view) => ({ ...view, range: 'today' })) },
      { keys: '.', does: 'Toggle live updates', run: toggleLive },
    ] as const;
  }, [setView]);
  useShortcuts(hasRange ? shortcuts : NONE);
}

function toggleLive() {
  live.set(!live.get());
  toast(live.get() ? 'New calls are followed.' : 'New calls are not followed.');
}

function pressFilter() {
  document.querySelector<HTMLElement>('[data-shortcut="/"]')?.click();
}
