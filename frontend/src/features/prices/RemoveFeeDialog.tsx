// Removes a planned fee, which no call has been billed with.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { formatMinute } from '../../lib/format';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import classes from './Prices.module.css';
import { removeFee, type ToolFee } from './queries';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { useRefreshPrices } from './useCorrection';
import { feeRefusalOf } from './words';

export function RemoveFeeDialog({ fee, onClose }: { fee: ToolFee; onClose: () => void }) {
  const { tz } = useView();
  const refresh = useRefreshPrices();
  const remove = useMutation({
    mutationFn: () => removeFee(fee.id),
    onSuccess: () => {
      toast('Fee removed.');
      onClose();
    },
    onSettled: refresh,
  });
  const refusal = feeRefusalOf(remove.error);
  return (
    <Dialog
      title="Remove this fee?"
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove fee
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {refusal && <Refusal {...refusal} />}
        {remove.error && !refusal && <FailureNotice error={remove.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          {fee.tool} of {fee.provider}, planned from {formatMinute(fee.effective_from, tz)}. The fee
          before it stays in effect. No call changes.
        </p>
      </div>
    </Dialog>
  );
}
