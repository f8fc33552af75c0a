// All filters in a full-screen dialog, which says how many calls they leave.
import { Button, Radio } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { totalsParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatCount } from '../../lib/format';
import { useSetView, useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FilterChips } from './FilterChips';
import { FilterSteps } from './FilterSteps';
import classes from './PhoneFilters.module.css';

export function FilterDialog({ hasCost, onClose }: { hasCost: boolean; onClose: () => void }) {
  const view = useView();
  const setView = useSetView();
  const asOf = useAsOf();
  const { data } = useQuery(summaryQuery(totalsParams(view, asOf)));
  const calls = data?.[0]?.calls;
  // Starts the two steps again after each filter.
  const [round, setRound] = useState(0);
  const show = calls === undefined ? 'Show calls' : `Show ${formatCount(calls)} calls`;
  return (
    <Dialog
      title="Filters"
      onClose={onClose}
      fullScreen
      footer={
        <Button fullWidth size="md" onClick={onClose}>
          {calls === 1 ? 'Show 1 call' : show}
        </Button>
      }
    >
      <div className={classes.parts}>
        <div className={classes.chips}>
          <FilterChips />
        </div>
        <FilterSteps key={round} onDone={() => setRound((before) => before + 1)} />
        {hasCost && (
          <Radio.Group
            label="Prices"
            value={view.cost}
            onChange={(cost) =>
              setView((old) => ({ ...old, cost: cost === 'current' ? 'current' : 'billed' }))
            }
          >
            <div className={classes.prices}>
              <Radio value="billed" label="As billed" />
              <Radio value="current" label="At current prices" />
            </div>
          </Radio.Group>
        )}
      </div>
    </Dialog>
  );
}
