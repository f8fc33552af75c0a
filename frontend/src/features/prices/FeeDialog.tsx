// Adds a tool fee, from now on or from a later time. Calls of the past keep the fees they were billed with.
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { FailureNotice } from '../../ui/FailureNotice';
import { FormDialog } from '../../ui/FormDialog';
import { FeeFields } from './FeeFields';
import { type FeeDraft, type FeeErrors, feeErrorsOf, toNewFee, validateFee } from './feeDraft';
import classes from './Prices.module.css';
import { addFee } from './queries';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { useRefreshPrices } from './useCorrection';
import { feeRefusalOf } from './words';

interface FeeDialogProps {
  start: FeeDraft;
  /** Tool, provider and model cannot be changed. */
  isFixed: boolean;
  onClose: () => void;
}

export function FeeDialog({ start, isFixed, onClose }: FeeDialogProps) {
  const { tz } = useView();
  const refresh = useRefreshPrices();
  const [draft, setDraft] = useState(start);
  const [found, setFound] = useState<FeeErrors>({});
  const add = useMutation({
    mutationFn: () => addFee(toNewFee(draft, tz)),
    onSuccess: ({ effective_from: from }) => {
      refresh();
      const isPlanned = Date.parse(from) > Date.now();
      toast(isPlanned ? 'Fee planned.' : 'Fee added. It counts from the next call on.');
      onClose();
    },
  });
  const refusal = feeRefusalOf(add.error);
  const serverErrors = feeErrorsOf(fieldErrors(add.error));
  const isUnexplained = add.error && !refusal && Object.keys(serverErrors).length === 0;

  function submit() {
    const wrong = validateFee(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0) add.mutate();
  }

  return (
    <FormDialog
      title={isFixed ? `Change fee of ${start.tool}` : 'New tool fee'}
      submitText="Add fee"
      isSaving={add.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {refusal && <Refusal {...refusal} />}
      {isUnexplained && <FailureNotice error={add.error} forbidden={FORBIDDEN} />}
      <FeeFields
        draft={draft}
        errors={{ ...serverErrors, ...found }}
        isFixed={isFixed}
        onChange={(change) => {
          setFound({});
          add.reset();
          setDraft((old) => ({ ...old, ...change }));
        }}
      />
      <p className={classes.note}>
        Calls that have ended keep the fees they were billed with: fees are not corrected.
      </p>
    </FormDialog>
  );
}
