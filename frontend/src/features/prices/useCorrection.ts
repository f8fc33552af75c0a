// A correction in steps: preview what a price changes, then apply exactly that. Nothing is changed before.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/errors';
import { usageKey } from '../../api/queryClient';
import { formatNumberOf } from '../../lib/format';
import { toast } from '../../lib/toast';
import {
  addPrice,
  applyPrice,
  type NewPrice,
  type PricePreview,
  type PriceRevision,
  previewPrice,
  pricesKey,
} from './queries';
import { differenceText } from './words';

export interface Previewed {
  price: NewPrice;
  preview: PricePreview;
  /** The preview before, which no longer fitted when it was applied. */
  outdated?: PricePreview;
}

const isOutdated = (error: unknown) => error instanceof ApiError && error.status === 412;

/** A planned price changes no call, and is added without a correction, so that it can be removed again. */
export const isPlanned = ({ price, preview }: Previewed, now: number): boolean =>
  Date.parse(price.effective_from) > now && preview.replaced_price_id === null;

export function useRefreshPrices() {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [pricesKey, usageKey, ['audit']]) {
      void client.invalidateQueries({ queryKey });
    }
  };
}

export function useCorrection(onDone: () => void) {
  const refresh = useRefreshPrices();
  const [previewed, setPreviewed] = useState<Previewed>();
  const preview = useMutation({
    mutationFn: async (price: NewPrice) => ({ price, preview: await previewPrice(price) }),
    onSuccess: setPreviewed,
  });
  const apply = useMutation({
    mutationFn: async (wanted: Previewed) => {
      const { price, preview: shown } = wanted;
      if (isPlanned(wanted, Date.now())) return { added: await addPrice(price) };
      try {
        return { revision: await applyPrice(price, shown.preview) };
      } catch (error) {
        if (!isOutdated(error)) throw error;
        setPreviewed({ price, preview: await previewPrice(price), outdated: shown });
        return undefined;
      }
    },
    onSuccess: (done) => {
      if (!done) return;
      refresh();
      toast(done.revision ? doneText(done.revision) : 'Price added. No call has changed.');
      onDone();
    },
  });
  return {
    previewed,
    error: previewed ? apply.error : preview.error,
    isWorking: preview.isPending || apply.isPending,
    preview: (price: NewPrice) => preview.mutate(price),
    apply: () => previewed && apply.mutate(previewed),
    /** Back to the form. */
    change: () => {
      apply.reset();
      preview.reset();
      setPreviewed(undefined);
    },
    clear: () => preview.reset(),
  };
}

export function doneText({ id, status, changed_calls: calls, difference_usd }: PriceRevision) {
  if (status === 'pending')
    return `Correction #${id} is being written. Reports change when it is done.`;
  const changed = formatNumberOf(calls, 'call');
  return `Correction #${id} applied: ${differenceText(difference_usd)} on ${changed}.`;
}
