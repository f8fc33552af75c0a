// Creates a key and shows its secret once. The secret lives in this component only.
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { fieldErrors } from '../../api/errors';
import { useView } from '../../lib/useView';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { type DraftErrors, EMPTY_KEY, fromFieldErrors, toNewKey, validateKey } from './draft';
import { KeyFields } from './KeyFields';
import classes from './KeyForm.module.css';
import { createKey, type IssuedKey, keysKey, type NewApiKey } from './queries';
import { SecretDialog } from './SecretDialog';

interface CreateKeyDialogProps {
  /** The label that the form starts with. */
  label?: string;
  onClose: () => void;
}

export function CreateKeyDialog({ label = '', onClose }: CreateKeyDialogProps) {
  const { tz } = useView();
  const client = useQueryClient();
  const formId = useId();
  const start = { ...EMPTY_KEY, label };
  const [draft, setDraft] = useState(start);
  const [found, setFound] = useState<DraftErrors>({});
  // One for each opened form: sending it twice creates one key.
  const [idempotencyKey, setIdempotencyKey] = useState(() => crypto.randomUUID());
  const create = useMutation<IssuedKey, Error, NewApiKey>({
    mutationFn: (body) => createKey(body, idempotencyKey),
    // The secret is not kept beyond this component.
    gcTime: 0,
    onSuccess: () => client.invalidateQueries({ queryKey: keysKey }),
  });
  const errors = { ...fromFieldErrors(fieldErrors(create.error)), ...found };

  function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = validateKey(draft, start, Date.now(), tz);
    setFound(wrong);
    if (Object.keys(wrong).length === 0 && !create.isPending) create.mutate(toNewKey(draft, tz));
  }

  if (create.data) {
    return <SecretDialog issued={create.data} what="created" onClose={onClose} />;
  }
  return (
    <Dialog
      title="New key"
      fullScreen
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={create.isPending}>
            Create key
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {create.error && Object.keys(fieldErrors(create.error)).length === 0 && (
          <FailureNotice error={create.error} forbidden="Only administrators create keys." />
        )}
        <KeyFields
          draft={draft}
          errors={errors}
          onChange={(change) => {
            setDraft((old) => ({ ...old, ...change }));
            setFound({});
            if (create.isError) {
              // Another body needs another idempotency key.
              create.reset();
              setIdempotencyKey(crypto.randomUUID());
            }
          }}
        />
      </form>
    </Dialog>
  );
}
