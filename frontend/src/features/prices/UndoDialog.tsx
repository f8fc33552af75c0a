// Undoes a correction: appends its reverse, after saying what that changes.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { formatMinute, formatNumberOf } from '../../lib/format';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { Difference } from './Difference';
import classes from './Prices.module.css';
import { type PriceRevision, undoRevision } from './queries';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { doneText, useRefreshPrices } from './useCorrection';
import { negated, refusalOf, undoText } from './words';

interface UndoDialogProps {
  revision: PriceRevision;
  onClose: () => void;
}

export function UndoDialog({ revision, onClose }: UndoDialogProps) {
  const { tz } = useView();
  const refresh = useRefreshPrices();
  const undo = useMutation({
    mutationFn: () => undoRevision(revision.id),
    onSuccess: (done) => {
      toast(doneText(done));
      onClose();
    },
    // Also after a refusal: it may have been undone since.
    onSettled: refresh,
  });
  const refusal = refusalOf(undo.error);
  const { newly_priced_calls: newly, replaced_price_id: replaced } = revision;
  return (
    <Dialog
      title={`Undo correction #${revision.id}?`}
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={undo.isPending} onClick={() => undo.mutate()}>
            {undoText(revision)}
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {refusal && <Refusal {...refusal} />}
        {undo.error && !refusal && <FailureNotice error={undo.error} forbidden={FORBIDDEN} />}
        <dl className={classes.totals}>
          <div>
            <dt>Correction</dt>
            <dd>
              <Difference amount={revision.difference_usd} />
            </dd>
          </div>
          <div className={classes.main}>
            <dt>Undo</dt>
            <dd>
              <Difference amount={negated(revision.difference_usd)} />
            </dd>
          </div>
        </dl>
        <div className={classes.sentences}>
          <p>
            {revision.model}, price from {formatMinute(revision.effective_from, tz)}:{' '}
            {replaced === null
              ? 'this price is removed from the price book.'
              : 'the price it replaced applies again.'}
          </p>
          {newly > 0 && <p>{formatNumberOf(newly, 'call has', 'calls have')} no price again.</p>}
          <p className={classes.strong}>
            Nothing has changed yet. The correction stays in the list.
          </p>
        </div>
      </div>
    </Dialog>
  );
}
