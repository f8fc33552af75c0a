// Confirms and deletes a limit.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { subjectName } from '../../lib/budgets';
import type { KeyNames } from '../../lib/groups';
import { toast } from '../../lib/toast';
import { RemoveDialog } from '../../ui/RemoveDialog';
import type { Limit } from './draft';
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
  return (
    <RemoveDialog
      title="Delete this limit?"
      what="limit"
      button="Delete limit"
      version={version}
      load={() => readLimit(version.value.id)}
      remove={deleteLimit}
      onRemoved={() => {
        toast('Limit deleted.');
        onDeleted();
        // Only the lists: the limit's own page may still be mounted, and its refetch would be a 404.
        for (const list of ['pages', 'all']) {
          void client.invalidateQueries({ queryKey: [...limitsKey, list] });
        }
      }}
      onClose={onClose}
      forbidden={FORBIDDEN}
      fieldsOf={ownFields}
      names={LIMIT_FIELDS}
    >
      {(limit) => (
        <>
          <p>
            {subjectName(limit.subject, keys)}: {amountText(limit.amount, limit.metric)},{' '}
            {whatText(limit)}.
          </p>
          <p>
            {limit.mode === 'hard'
              ? 'From the next call on it no longer refuses calls. Its events are kept.'
              : 'It no longer sends notifications. Its events are kept.'}
          </p>
        </>
      )}
    </RemoveDialog>
  );
}
