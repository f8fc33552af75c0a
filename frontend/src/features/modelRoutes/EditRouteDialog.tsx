// Edits the targets of a model route. After a conflict it shows what others saved since the form was opened.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { useVersionedForm } from '../../api/useVersionedForm';
import { toast } from '../../lib/toast';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { draftOfRoute, toRouteChanges } from './draft';
import { type ModelRoute, readRoute, routesKey, updateRoute } from './queries';
import { RouteDialog, type UpstreamNames } from './RouteDialog';
import { ownFields } from './words';

interface EditRouteDialogProps {
  version: Versioned<ModelRoute>;
  upstreams: UpstreamNames;
  onClose: () => void;
}

export function EditRouteDialog({ version, upstreams, onClose }: EditRouteDialogProps) {
  const client = useQueryClient();
  const { draft, edit, ...form } = useVersionedForm({
    initial: version,
    load: () => readRoute(version.value.id),
    save: updateRoute,
    draftOf: draftOfRoute,
    changesOf: toRouteChanges,
    onSaved: () => {
      void client.invalidateQueries({ queryKey: routesKey });
      toast('Model route saved. It holds from the next call on.');
      onClose();
    },
    onUnchanged: onClose,
  });
  return (
    <RouteDialog
      title={`Edit ${version.value.model}`}
      submitText={edit.conflict ? 'Save my changes' : 'Save'}
      isFixed
      draft={draft}
      upstreams={upstreams}
      error={edit.error}
      isSaving={edit.isSaving}
      onClose={onClose}
      onSubmit={form.submit}
      onChange={form.change}
    >
      {edit.conflict && (
        <ConflictNotice
          what="model route"
          before={ownFields(edit.conflict.before)}
          after={ownFields(edit.conflict.after)}
          onTakeTheirs={form.takeTheirs}
        />
      )}
    </RouteDialog>
  );
}
