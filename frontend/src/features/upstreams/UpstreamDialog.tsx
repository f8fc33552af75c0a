// The dialog that the forms of an upstream share: fields, errors, buttons.
import { Button } from '@mantine/core';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import {
  type UpstreamDraft,
  type UpstreamErrors,
  upstreamErrorsOf,
  validateUpstream,
} from './draft';
import { UpstreamFields } from './UpstreamFields';
import classes from './Upstreams.module.css';
import { FORBIDDEN } from './words';

interface UpstreamDialogProps {
  title: string;
  submitText: string;
  draft: UpstreamDraft;
  isFixed?: boolean;
  isSaving: boolean;
  error: Error | null;
  onChange: (change: Partial<UpstreamDraft>) => void;
  onSubmit: () => void;
  onClose: () => void;
  /** Above the fields. */
  children?: ReactNode;
}

export function UpstreamDialog(props: UpstreamDialogProps) {
  const { draft, error, isSaving, isFixed = false } = props;
  const formId = useId();
  const [found, setFound] = useState<UpstreamErrors>({});
  const serverErrors = upstreamErrorsOf(fieldErrors(error));
  const isUnexplained = error !== null && Object.keys(serverErrors).length === 0;

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validateUpstream(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0 && !isSaving) props.onSubmit();
  }

  return (
    <Dialog
      title={props.title}
      size="lg"
      fullScreen
      onClose={props.onClose}
      footer={
        <>
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={isSaving}>
            {props.submitText}
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {isUnexplained && <FailureNotice error={error} forbidden={FORBIDDEN} />}
        {props.children}
        <UpstreamFields
          draft={draft}
          errors={{ ...serverErrors, ...found }}
          isFixed={isFixed}
          onChange={(change) => {
            setFound({});
            props.onChange(change);
          }}
        />
      </form>
    </Dialog>
  );
}
