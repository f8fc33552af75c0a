// Brushing a chart narrows the range of the page; zooming out returns to the ranges before, one at a time.
import { useState } from 'react';
import type { Dates, Range } from '../lib/range';
import { useSetView, useView } from '../lib/useView';
import { sameRange } from '../lib/view';

export function useZoom() {
  const view = useView();
  const setView = useSetView();
  const [steps, setSteps] = useState<{ before: Range; after: Range }[]>([]);
  const last = steps.at(-1);
  // A range chosen elsewhere since then has nothing to return to.
  const canReturn = last !== undefined && sameRange(last.after, view.range);
  return {
    canReturn,
    to: (after: Dates) => {
      setSteps([...(canReturn ? steps : []), { before: view.range, after }]);
      setView((old) => ({ ...old, range: after }), { replace: true });
    },
    back: () => {
      if (!last || !canReturn) return;
      setSteps(steps.slice(0, -1));
      setView((old) => ({ ...old, range: last.before }), { replace: true });
    },
  };
}
