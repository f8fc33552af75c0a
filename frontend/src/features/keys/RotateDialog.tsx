// Gives a key a new secret. The old one works until the grace period ends.
import { Button, Input, SegmentedControl } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Versioned } from '../../api/client';
import { useVersionedEdit } from '../../api/useVersionedEdit';
import { formatAgo, zoneText } from '../../lib/format';
import { useView } from '../../lib/useView';
import { toInstant } from '../../lib/zone';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { KEY_FIELDS, localTime } from './draft';
import classes from './KeyForm.module.css';
import { type ApiKey, type IssuedKey, keysKey, readKey, rotateKey } from './queries';
import { endOfOldSecret, GRACES, type Grace, graceOf } from './rotation';
import { SecretDialog } from './SecretDialog';
import { FORBIDDEN } from './texts';

interface RotateDialogProps {
  version: Versioned<ApiKey>;
  onClose: () => void;
}

export function RotateDialog({ version, onClose }: RotateDialogProps) {
  const { tz } = useView();
  const client = useQueryClient();
  const formId = useId();
  const { id, name, last_used_at: lastUsed } = version.value;
  const [now] = useState(() => Date.now());
  const [grace, setGrace] = useState<Grace>('86400');
  const [until, setUntil] = useState(() => localTime(now + 3 * 86_400_000, tz));
  const [error, setError] = useState<string>();
  const [issued, setIssued] = useState<IssuedKey>();
  const edit = useVersionedEdit({
    initial: version,
    load: () => readKey(id),
    save: rotateKey,
    onSaved: (key) => {
      void client.invalidateQueries({ queryKey: keysKey });
      void client.invalidateQueries({ queryKey: ['audit'] });
      setIssued(key);
    },
  });
  const untilAt = until === '' ? undefined : toInstant(until, tz);
  const choice = graceOf(grace, untilAt, now);
  const ends = 'seconds' in choice ? endOfOldSecret(choice.seconds, now, tz) : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    const chosen = graceOf(grace, untilAt, Date.now());
    if ('error' in chosen) setError(chosen.error);
    // A new key for each attempt, because a retry after a conflict is a different request.
    else if (!edit.isSaving)
      edit.save({ graceSeconds: chosen.seconds, idempotencyKey: crypto.randomUUID() });
  }

  if (issued) {
    return <SecretDialog issued={issued} what="rotated" note={ends} onClose={onClose} />;
  }
  return (
    <Dialog
      title={`Rotate “${name}”`}
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} loading={edit.isSaving}>
            Create new secret
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {edit.conflict && <ConflictNotice what="key" {...edit.conflict} names={KEY_FIELDS} />}
        {edit.error && <FailureNotice error={edit.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          The key gets a new secret; its limits and its history stay.{' '}
          {lastUsed ? `Last used ${formatAgo(lastUsed)}.` : 'Never used.'}
        </p>
        <Input.Wrapper label="The old secret stops" labelElement="div">
          <SegmentedControl
            fullWidth
            aria-label="The old secret stops"
            data={[...GRACES]}
            value={grace}
            onChange={(value) => {
              setGrace(value as Grace);
              setError(undefined);
            }}
          />
        </Input.Wrapper>
        {grace === 'until' && (
          <Input.Wrapper
            label="Until"
            id="rotate-until"
            description={`Time in ${zoneText(tz)}, at most 30 days from now.`}
            error={error}
            className={classes.until}
          >
            <Input
              id="rotate-until"
              type="datetime-local"
              value={until}
              error={error}
              onChange={(event) => {
                setUntil(event.currentTarget.value);
                setError(undefined);
              }}
            />
          </Input.Wrapper>
        )}
        {ends && (
          <p className={classes.note} role="status">
            {ends}
          </p>
        )}
      </form>
    </Dialog>
  );
}
