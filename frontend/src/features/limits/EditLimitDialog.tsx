// Edits a limit. After a conflict it shows what others saved since the form was opened.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { useVersionedForm } from '../../api/useVersionedForm';
import type { KeyNames } from '../../lib/groups';
import { toast } from '../../lib/toast';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { draftOfLimit, type Limit, toLimitChanges } from './draft';
import { LimitDialog } from './LimitDialog';
import { limitsKey, readLimit, updateLimit } from './queries';
import { LIMIT_FIELDS, ownFields } from './words';

interface EditLimitDialogProps {
  version: Versioned<Limit>;
  keys: KeyNames | undefined;
  onClose: () => void;
}

export function EditLimitDialog({ version, keys, onClose }: EditLimitDialogProps) {
  const client = useQueryClient();
  const { draft, edit, ...form } = useVersionedForm({
    initial: version,
    load: () => readLimit(version.value.id),
    save: updateLimit,
    draftOf: draftOfLimit,
    changesOf: toLimitChanges,
    onSaved: () => {
      void client.invalidateQueries({ queryKey: limitsKey });
      toast('Limit saved. It holds from the next call on.');
      onClose();
    },
    onUnchanged: onClose,
  });
  return (
    <LimitDialog
      title="Edit limit"
      submitText={edit.conflict ? 'Save my changes' : 'Save'}
      isFixed
      draft={draft}
      keys={keys}
      error={edit.error}
      isSaving={edit.isSaving}
      onClose={onClose}
      onSubmit={form.submit}
      onChange={form.change}
    >
      {edit.conflict && (
        <ConflictNotice
          what="limit"
          before={ownFields(edit.conflict.before)}
          after={ownFields(edit.conflict.after)}
          names={LIMIT_FIELDS}
          onTakeTheirs={form.takeTheirs}
        />
      )}
    </LimitDialog>
  );
}
