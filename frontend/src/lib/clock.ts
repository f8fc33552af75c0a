// The instant that all parts of the page ask for, so that their numbers agree. It moves when the filters change and
// when new calls have arrived, not by itself: each move asks for everything again.
import { useSyncExternalStore } from 'react';
import { nextMinute } from './zone';

const listeners = new Set<() => void>();
let asOf = nextMinute(Date.now());

export const clock = {
  /** The end of ranges that hold now: the next full minute. */
  asOf: () => asOf,
  advance: () => {
    const next = nextMinute(Date.now());
    if (next === asOf) return;
    asOf = next;
    for (const listener of listeners) listener();
  },
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

export const useAsOf = () => useSyncExternalStore(clock.subscribe, clock.asOf);
