// Edits an upstream. After a conflict it shows what others saved since the form was opened.
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Versioned } from '../../api/client';
import { useVersionedEdit } from '../../api/useVersionedEdit';
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
  const [before, setBefore] = useState(() => draftOfUpstream(version.value));
  const [draft, setDraft] = useState(before);
  const edit = useVersionedEdit({
    initial: version,
    load: () => readUpstream(version.value.name),
    save: updateUpstream,
    onSaved: () => {
      void client.invalidateQueries({ queryKey: upstreamsKey });
      toast('Upstream saved. It holds from the next call on.');
      onClose();
    },
  });

  function submit() {
    const changes = toUpstreamChanges(draft, before);
    if (Object.keys(changes).length === 0) onClose();
    else edit.save(changes);
  }

  function takeTheirs() {
    const theirs = draftOfUpstream(edit.current);
    setBefore(theirs);
    setDraft(theirs);
    edit.dismissConflict();
  }

  return (
    <UpstreamDialog
      title={`Edit ${version.value.name}`}
      submitText={edit.conflict ? 'Save my changes' : 'Save'}
      isFixed
      draft={draft}
      error={edit.error}
      isSaving={edit.isSaving}
      onClose={onClose}
      onSubmit={submit}
      onChange={(change) => setDraft((old) => ({ ...old, ...change }))}
    >
      {edit.conflict && (
        <ConflictNotice
          what="upstream"
          before={ownFields(edit.conflict.before)}
          after={ownFields(edit.conflict.after)}
          names={UPSTREAM_FIELDS}
          onTakeTheirs={takeTheirs}
        />
      )}
    </UpstreamDialog>
  );
}
