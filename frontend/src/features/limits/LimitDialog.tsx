// The dialog that the forms of a limit share: the sentence, what it would do, errors, buttons.
import { Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import type { KeyNames } from '../../lib/groups';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { type DraftErrors, fromFieldErrors, type LimitDraft, validateLimit } from './draft';
import classes from './LimitForm.module.css';
import { LimitPreview } from './LimitPreview';
import { LimitSentence } from './LimitSentence';
import { FORBIDDEN } from './texts';

interface LimitDialogProps {
  title: string;
  draft: LimitDraft;
  onChange: (change: Partial<LimitDraft>) => void;
  onSubmit: () => void;
  onClose: () => void;
  submitText: string;
  isSaving: boolean;
  error: Error | null;
  keys: KeyNames | undefined;
  isFixed?: boolean;
  /** Above the sentence: somebody else's change. */
  children?: ReactNode;
}

export function LimitDialog(props: LimitDialogProps) {
  const { draft, onChange, onClose, error, isSaving } = props;
  const formId = useId();
  const [found, setFound] = useState<DraftErrors>({});
  const serverErrors = fieldErrors(error);
  const hasFieldErrors = Object.keys(serverErrors).length > 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validateLimit(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0 && !isSaving) props.onSubmit();
  }

  return (
    <Dialog
      title={props.title}
      size="lg"
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={isSaving}>
            {props.submitText}
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {props.children}
        {error && !hasFieldErrors && <FailureNotice error={error} forbidden={FORBIDDEN} />}
        <LimitSentence
          draft={draft}
          errors={{ ...fromFieldErrors(serverErrors), ...found }}
          keys={props.keys}
          isFixed={props.isFixed}
          onChange={(change) => {
            setFound({});
            onChange(change);
          }}
        />
        <LimitPreview draft={draft} />
      </form>
    </Dialog>
  );
}
