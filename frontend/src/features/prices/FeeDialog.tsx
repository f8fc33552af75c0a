// Adds a tool fee, from now on or from a later time. Calls of the past keep the fees they were billed with.
import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
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
  const formId = useId();
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

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validateFee(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0 && !add.isPending) add.mutate();
  }

  return (
    <Dialog
      title={isFixed ? `Change fee of ${start.tool}` : 'New tool fee'}
      size="lg"
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={add.isPending}>
            Add fee
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
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
      </form>
    </Dialog>
  );
}
