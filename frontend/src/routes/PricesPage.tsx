// Prices, tool fees and model facts, calls without a price, corrections, and the dialog that sets a price.
import { Button } from '@mantine/core';
import { Page } from '../features/frame/Page';
import { CorrectionDialog } from '../features/prices/CorrectionDialog';
import { Corrections } from '../features/prices/Corrections';
import { PriceLists } from '../features/prices/PriceLists';
import { Unpriced } from '../features/prices/Unpriced';
import { usePriceDraft } from './usePriceDraft';

export function PricesPage() {
  const draft = usePriceDraft();
  return (
    <Page
      title="Prices"
      actions={
        <Button size="xs" onClick={draft.create}>
          New price
        </Button>
      }
    >
      <Unpriced onPrice={(of) => void draft.price(of)} />
      <Corrections />
      <PriceLists />
      {draft.opened && <CorrectionDialog {...draft.opened} onClose={draft.close} />}
    </Page>
  );
}
