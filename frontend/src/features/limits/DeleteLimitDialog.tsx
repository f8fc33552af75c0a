// Confirms and deletes a limit.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { useVersionedEdit } from '../../api/useVersionedEdit';
import { subjectName } from '../../lib/budgets';
import type { KeyNames } from '../../lib/groups';
import { toast } from '../../lib/toast';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import type { Limit } from './draft';
import classes from './LimitForm.module.css';
import { deleteLimit, limitsKey, readLimit } from './queries';
import { FORBIDDEN } from './texts';
import { amountText, LIMIT_FIELDS, ownFields, whatText } from './words';

interface DeleteLimitDialogProps {
  version: Versioned<Limit>;
  keys: KeyNames | undefined;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteLimitDialog({ version, keys, onClose, onDeleted }: DeleteLimitDialogProps) {
  const client = useQueryClient();
  const edit = useVersionedEdit({
    initial: version,
    load: () => readLimit(version.value.id),
    save: (_: undefined, current) => deleteLimit(current),
    onSaved: () => {
      toast('Limit deleted.');
      onDeleted();
      // Only the lists: the limit's own page may still be mounted, and its refetch would be a 404.
      for (const list of ['pages', 'all']) {
        void client.invalidateQueries({ queryKey: [...limitsKey, list] });
      }
    },
  });
  const limit = edit.current;
  return (
    <Dialog
      title="Delete this limit?"
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={edit.isSaving} onClick={() => edit.save(undefined)}>
            Delete limit
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {edit.conflict && (
          <ConflictNotice
            what="limit"
            before={ownFields(edit.conflict.before)}
            after={ownFields(edit.conflict.after)}
            names={LIMIT_FIELDS}
          />
        )}
        {edit.error && <FailureNotice error={edit.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          {subjectName(limit.subject, keys)}: {amountText(limit.amount, limit.metric)},{' '}
          {whatText(limit)}.
        </p>
        <p className={classes.note}>
          {limit.mode === 'hard'
            ? 'From the next call on it no longer refuses calls. Its events are kept.'
            : 'It no longer sends notifications. Its events are kept.'}
        </p>
      </div>
    </Dialog>
  );
}
