// Revokes a key. Its name is typed first: nothing brings a revoked key back.
import { Button, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Versioned } from '../../api/client';
import { summaryParams } from '../../api/params';
import { summaryQuery } from '../../api/usage';
import { useVersionedEdit } from '../../api/useVersionedEdit';
import { formatAgo, formatNumberOf } from '../../lib/format';
import { groupValue } from '../../lib/groups';
import { toast } from '../../lib/toast';
import { useView } from '../../lib/useView';
import { withoutFilters } from '../../lib/view';
import { nextMinute } from '../../lib/zone';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { KEY_FIELDS } from './draft';
import classes from './KeyForm.module.css';
import { type ApiKey, keysKey, readKey, revokeKey } from './queries';
import { FORBIDDEN } from './texts';

interface RevokeDialogProps {
  version: Versioned<ApiKey>;
  onClose: () => void;
}

export function RevokeDialog({ version, onClose }: RevokeDialogProps) {
  const client = useQueryClient();
  const formId = useId();
  const { id } = version.value;
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const edit = useVersionedEdit({
    initial: version,
    load: () => readKey(id),
    save: (_: undefined, current) => revokeKey(current),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: keysKey });
      void client.invalidateQueries({ queryKey: ['audit'] });
      toast('Key revoked.');
      onClose();
    },
  });
  const { name } = edit.current;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (typed.trim() !== name.trim()) setError('This is not the name of the key.');
    else if (!edit.isSaving) edit.save(undefined);
  }

  return (
    <Dialog
      title={`Revoke “${name}”`}
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={formId} color="red" loading={edit.isSaving}>
            Revoke key
          </Button>
        </>
      }
    >
      <form id={formId} className={classes.form} onSubmit={submit} noValidate>
        {edit.conflict && <ConflictNotice what="key" {...edit.conflict} names={KEY_FIELDS} />}
        {edit.error && <FailureNotice error={edit.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          Calls with this key are refused from now on. This cannot be undone. Calls in flight are
          still counted; history and limits are kept.
        </p>
        <LastUse apiKey={edit.current} />
        <TextInput
          label={`Type the name of the key to confirm: ${name}`}
          data-autofocus
          autoComplete="off"
          value={typed}
          error={error}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setError(undefined);
          }}
        />
      </form>
    </Dialog>
  );
}

/** Whether the key is still in use: the last thing to check before revoking it. */
function LastUse({ apiKey }: { apiKey: ApiKey }) {
  // Of this moment, not of the one that the page behind shows.
  const [asOf] = useState(() => nextMinute(Date.now()));
  const view = { ...withoutFilters(useView()), range: 'today' as const };
  const { data } = useQuery(summaryQuery(summaryParams(view, asOf, { by: ['key'] })));
  const calls = data?.find((row) => groupValue(row, 'key') === apiKey.id)?.calls ?? 0;
  const used = apiKey.last_used_at;
  return (
    <p className={classes.note} data-used={calls > 0 || undefined}>
      <span className={classes.strong}>
        {used ? `Last used ${formatAgo(used)}` : 'Never used'}
        {data && used && `, ${formatNumberOf(calls, 'call')} today`}.
      </span>
    </p>
  );
}
