// The instant that all parts of the page ask for, so that their numbers agree. It moves when the filters change and
// when new calls have arrived, not by itself: each move asks for everything again.
import { createStore } from './store';
import { nextMinute } from './zone';

const asOf = createStore(nextMinute(Date.now()));

export const clock = {
  /** The end of ranges that hold now: the next full minute. */
  asOf: asOf.get,
  /** Whether the instant has moved. */
  advance(): boolean {
    const before = asOf.get();
    asOf.set(nextMinute(Date.now()));
    return asOf.get() !== before;
  },
};

export const useAsOf = asOf.use;
