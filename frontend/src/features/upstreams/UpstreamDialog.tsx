// The dialog that the forms of an upstream share: fields, errors, buttons.
import { type ReactNode, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { FailureNotice } from '../../ui/FailureNotice';
import { FormDialog } from '../../ui/FormDialog';
import {
  type UpstreamDraft,
  type UpstreamErrors,
  upstreamErrorsOf,
  validateUpstream,
} from './draft';
import { UpstreamFields } from './UpstreamFields';
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
  const [found, setFound] = useState<UpstreamErrors>({});
  const serverErrors = upstreamErrorsOf(fieldErrors(error));
  const isUnexplained = error !== null && Object.keys(serverErrors).length === 0;

  function submit() {
    const wrong = validateUpstream(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0) props.onSubmit();
  }

  return (
    <FormDialog
      title={props.title}
      submitText={props.submitText}
      isSaving={isSaving}
      onSubmit={submit}
      onClose={props.onClose}
    >
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
    </FormDialog>
  );
}
