// Edits an upstream. After a conflict it shows what others saved since the form was opened.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { useVersionedForm } from '../../api/useVersionedForm';
import { toast } from '../../lib/toast';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { draftOfUpstream, toUpstreamChanges } from './draft';
import { readUpstream, type Upstream, updateUpstream, upstreamsKey } from './queries';
import { UpstreamDialog } from './UpstreamDialog';
import { ownFields, UPSTREAM_FIELDS } from './words';

interface EditUpstreamDialogProps {
  version: Versioned<Upstream>;
  onClose: () => void;
}

export function EditUpstreamDialog({ version, onClose }: EditUpstreamDialogProps) {
  const client = useQueryClient();
  const { draft, edit, ...form } = useVersionedForm({
    initial: version,
    load: () => readUpstream(version.value.name),
    save: updateUpstream,
    draftOf: draftOfUpstream,
    changesOf: toUpstreamChanges,
    onSaved: () => {
      void client.invalidateQueries({ queryKey: upstreamsKey });
      toast('Upstream saved. It holds from the next call on.');
      onClose();
    },
    onUnchanged: onClose,
  });
  return (
    <UpstreamDialog
      title={`Edit ${version.value.name}`}
      submitText={edit.conflict ? 'Save my changes' : 'Save'}
      isFixed
      draft={draft}
      error={edit.error}
      isSaving={edit.isSaving}
      onClose={onClose}
      onSubmit={form.submit}
      onChange={form.change}
    >
      {edit.conflict && (
        <ConflictNotice
          what="upstream"
          before={ownFields(edit.conflict.before)}
          after={ownFields(edit.conflict.after)}
          names={UPSTREAM_FIELDS}
          onTakeTheirs={form.takeTheirs}
        />
      )}
    </UpstreamDialog>
  );
}
