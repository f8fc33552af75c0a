// The dialog that the forms of a limit share: the sentence, what it would do, errors, buttons.
import { type ReactNode, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import type { KeyNames } from '../../lib/groups';
import { FailureNotice } from '../../ui/FailureNotice';
import { FormDialog } from '../../ui/FormDialog';
import { type DraftErrors, fromFieldErrors, type LimitDraft, validateLimit } from './draft';
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
  const [found, setFound] = useState<DraftErrors>({});
  const serverErrors = fieldErrors(error);
  const hasFieldErrors = Object.keys(serverErrors).length > 0;

  function submit() {
    const wrong = validateLimit(draft);
    setFound(wrong);
    if (Object.keys(wrong).length === 0) props.onSubmit();
  }

  return (
    <FormDialog
      title={props.title}
      submitText={props.submitText}
      isSaving={isSaving}
      onSubmit={submit}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
