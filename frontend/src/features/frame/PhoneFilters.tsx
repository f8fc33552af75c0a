// The button that stands for all filters on a phone.
import { UnstyledButton } from '@mantine/core';
import { Suspense, useState } from 'react';
import { useView } from '../../lib/useView';
import { filtersOf } from '../../lib/view';
import button from './ControlPopover.module.css';
import { FilterDialog } from './panels';

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
      {isOpen && (
        <Suspense>
          <FilterDialog hasCost={hasCost} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
