// Edits a key. After a conflict it shows what others saved since the form was opened.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Versioned } from '../../api/client';
import { fieldErrors } from '../../api/errors';
import { useVersionedEdit } from '../../api/useVersionedEdit';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import {
  type DraftErrors,
  draftOfKey,
  fromFieldErrors,
  KEY_FIELDS,
  toKeyChanges,
  validateKey,
} from './draft';
import { KeyFields } from './KeyFields';
import classes from './KeyForm.module.css';
import { type ApiKey, keysKey, readKey, updateKey } from './queries';
import { FORBIDDEN } from './texts';

interface EditKeyDialogProps {
  version: Versioned<ApiKey>;
  onClose: () => void;
}

export function EditKeyDialog({ version, onClose }: EditKeyDialogProps) {
  const { tz } = useView();
  const client = useQueryClient();
  const formId = useId();
  const { id } = version.value;
  const [before, setBefore] = useState(() => draftOfKey(version.value, tz));
  const [draft, setDraft] = useState(before);
  const [found, setFound] = useState<DraftErrors>({});
  const edit = useVersionedEdit({
    initial: version,
    load: () => readKey(id),
    save: updateKey,
    onSaved: () => {
      void client.invalidateQueries({ queryKey: keysKey });
      void client.invalidateQueries({ queryKey: ['audit'] });
      toast('Key saved.');
      onClose();
    },
  });
  const serverErrors = fieldErrors(edit.error);
  const errors = { ...fromFieldErrors(serverErrors), ...found };

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validateKey(draft, before, Date.now(), tz);
    setFound(wrong);
    if (Object.keys(wrong).length > 0 || edit.isSaving) return;
    const changes = toKeyChanges(draft, before, tz);
    if (Object.keys(changes).length === 0) onClose();
    else edit.save(changes);
  }

  function takeTheirs() {
    const theirs = draftOfKey(edit.current, tz);
    setBefore(theirs);
    setDraft(theirs);
    edit.dismissConflict();
  }

  return (
    <Dialog
      title={`Edit key “${version.value.name}”`}
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={edit.isSaving}>
            {edit.conflict ? 'Save my changes' : 'Save'}
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {edit.conflict && (
          <ConflictNotice
            what="key"
            {...edit.conflict}
            names={KEY_FIELDS}
            onTakeTheirs={takeTheirs}
          />
        )}
        {edit.error && Object.keys(serverErrors).length === 0 && (
          <FailureNotice error={edit.error} forbidden={FORBIDDEN} />
        )}
        <KeyFields
          draft={draft}
          errors={errors}
          labelIsFixed
          onChange={(change) => {
            setDraft((old) => ({ ...old, ...change }));
            setFound({});
          }}
        />
      </form>
    </Dialog>
  );
}
