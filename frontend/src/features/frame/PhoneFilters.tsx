// Filters on a phone: one button, and a full-screen dialog that says how many calls they leave.
import { Button, Radio, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { totalsParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { formatCount } from '../../lib/format';
import { useSetView, useView } from '../../lib/useView';
import { filtersOf } from '../../lib/view';
import { Dialog } from '../../ui/Dialog';
import { FilterSteps } from './AddFilter';
import button from './ControlPopover.module.css';
import { FilterChips } from './FilterChips';
import classes from './PhoneFilters.module.css';

export function PhoneFilters({ hasCost }: { hasCost: boolean }) {
  const [isOpen, setIsOpen] = useState(false);
  const view = useView();
  const count = filtersOf(view).length + (hasCost && view.cost === 'current' ? 1 : 0);
  return (
    <>
      <UnstyledButton
        className={button.button}
        aria-haspopup="dialog"
        data-shortcut="/"
        onClick={() => setIsOpen(true)}
      >
        {count > 0 ? `Filter ${count}` : 'Filter'}
      </UnstyledButton>
      {isOpen && <FilterDialog hasCost={hasCost} onClose={() => setIsOpen(false)} />}
    </>
  );
}

function FilterDialog({ hasCost, onClose }: { hasCost: boolean; onClose: () => void }) {
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
