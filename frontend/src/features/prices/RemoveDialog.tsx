// Removes a planned price, which no call has been settled under.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { formatMinute } from '../../lib/format';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import classes from './Prices.module.css';
import { type Price, removePrice } from './queries';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { useRefreshPrices } from './useCorrection';
import { refusalOf } from './words';

interface RemoveDialogProps {
  price: Price;
  onClose: () => void;
}

export function RemoveDialog({ price, onClose }: RemoveDialogProps) {
  const { tz } = useView();
  const refresh = useRefreshPrices();
  const remove = useMutation({
    mutationFn: () => removePrice(price.id),
    onSuccess: () => {
      toast('Price removed.');
      onClose();
    },
    onSettled: refresh,
  });
  const refusal = refusalOf(remove.error);
  return (
    <Dialog
      title="Remove this price?"
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove price
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {refusal && <Refusal {...refusal} />}
        {remove.error && !refusal && <FailureNotice error={remove.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          {price.model}, planned from {formatMinute(price.effective_from, tz)}. The price before it
          stays in effect. No call changes.
        </p>
      </div>
    </Dialog>
  );
}
