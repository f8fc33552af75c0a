// Sets a price in three steps: rates and date, a preview as an invoice difference, the change.
import { Button } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import {
  type DraftErrors,
  fromFieldErrors,
  type PriceDraft,
  toNewPrice,
  validatePrice,
} from './draft';
import { Invoice } from './Invoice';
import { PriceFields } from './PriceFields';
import classes from './Prices.module.css';
import { Refusal } from './Refusal';
import { FORBIDDEN } from './texts';
import { isPlanned, useCorrection } from './useCorrection';
import { applyText, refusalOf } from './words';

interface CorrectionDialogProps {
  start: PriceDraft;
  /** The model cannot be changed. */
  isFixed?: boolean;
  /** Nor can its provider. */
  isProviderFixed?: boolean;
  onClose: () => void;
}

export function CorrectionDialog({
  start,
  isFixed = false,
  isProviderFixed = false,
  onClose,
}: CorrectionDialogProps) {
  const { tz } = useView();
  const formId = useId();
  const [draft, setDraft] = useState(start);
  const [found, setFound] = useState<DraftErrors>({});
  const correction = useCorrection(onClose);
  const { previewed, error, isWorking } = correction;
  const refusal = refusalOf(error);
  const serverErrors = fromFieldErrors(fieldErrors(error));
  const hasFieldErrors = Object.keys(serverErrors).length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validatePrice(draft);
    setFound(wrong);
    if (Object.keys(wrong).length > 0 || isWorking) return;
    correction.preview(toNewPrice(draft, tz));
  }

  const notice = refusal ? (
    <Refusal {...refusal} />
  ) : (
    error && !hasFieldErrors && <FailureNotice error={error} forbidden={FORBIDDEN} />
  );
  if (previewed) {
    return (
      <Dialog
        key="preview"
        title={`Preview: price of ${previewed.price.model}`}
        size="lg"
        fullScreen
        onClose={onClose}
        footer={
          <>
            <Button variant="default" onClick={correction.change}>
              Back to rates
            </Button>
            <Button loading={isWorking} onClick={correction.apply}>
              {isPlanned(previewed, Date.now())
                ? 'Add this price'
                : applyText(previewed.preview.total)}
            </Button>
          </>
        }
      >
        <div className={classes.form}>
          {notice}
          <Invoice previewed={previewed} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      key="form"
      title={isFixed ? `Set price of ${start.model}` : 'New price'}
      size="lg"
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={isWorking}>
            Preview changes
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {notice}
        <PriceFields
          draft={draft}
          errors={{ ...serverErrors, ...found }}
          isFixed={isFixed}
          isProviderFixed={isProviderFixed}
          onChange={(change) => {
            setFound({});
            correction.clear();
            setDraft((old) => ({ ...old, ...change }));
          }}
        />
        <p className={classes.note}>
          The preview shows which calls change and by how much. Nothing changes until you apply it.
        </p>
      </form>
    </Dialog>
  );
}
