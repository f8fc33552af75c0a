// Asks before a planned row of a price list is removed, which no call has been billed with.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ComponentProps, ReactNode } from 'react';
import { toast } from '../../lib/toast';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import classes from './Prices.module.css';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { useRefreshPrices } from './useCorrection';

interface RemovePlannedProps {
  what: 'price' | 'fee';
  remove: () => Promise<unknown>;
  /** Why the API refused; undefined for other failures. */
  refusalOf: (error: Error | null) => ComponentProps<typeof Refusal> | undefined;
  onClose: () => void;
  children: ReactNode;
}

export function RemovePlanned(props: RemovePlannedProps) {
  const { what, onClose } = props;
  const refresh = useRefreshPrices();
  const remove = useMutation({
    mutationFn: props.remove,
    onSuccess: () => {
      toast(what === 'price' ? 'Price removed.' : 'Fee removed.');
      onClose();
    },
    onSettled: refresh,
  });
  const refusal = props.refusalOf(remove.error);
  return (
    <Dialog
      title={`Remove this ${what}?`}
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove {what}
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {refusal && <Refusal {...refusal} />}
        {remove.error && !refusal && <FailureNotice error={remove.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>{props.children}</p>
      </div>
    </Dialog>
  );
}
