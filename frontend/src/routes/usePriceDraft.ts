// Opens the form of a price: on a row of the book, on a model without a price, or empty.
import { useState } from 'react';
import { draftOf, emptyDraft, fieldOf, type PriceDraft } from '../features/prices/draft';
import { firstUnpricedMonth, type Price } from '../features/prices/queries';
import { useView } from '../lib/useView';

export interface OpenedPrice {
  start: PriceDraft;
  isFixed: boolean;
  isProviderFixed: boolean;
}

export function usePriceDraft() {
  const { tz } = useView();
  const [opened, setOpened] = useState<OpenedPrice>();
  const now = () => fieldOf(Date.now(), tz);
  return {
    opened,
    close: () => setOpened(undefined),
    create: () =>
      setOpened({ start: emptyDraft({}, now()), isFixed: false, isProviderFixed: false }),
    change: (price: Price) =>
      setOpened({ start: draftOf(price, now()), isFixed: true, isProviderFixed: true }),
    /** From the month of its first call on, so that none of its calls stays without a price. */
    price: async (of: { provider?: string; model: string }) => {
      const first = await firstUnpricedMonth(of, tz).catch(() => undefined);
      const from = first === undefined ? now() : fieldOf(Date.parse(first), tz);
      setOpened({
        start: emptyDraft(of, from),
        isFixed: true,
        isProviderFixed: of.provider !== undefined,
      });
    },
  };
}
