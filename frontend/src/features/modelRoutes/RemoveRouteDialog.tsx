// Confirms and removes a model route.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { toast } from '../../lib/toast';
import { RemoveDialog } from '../../ui/RemoveDialog';
import { deleteRoute, type ModelRoute, readRoute, routesKey } from './queries';
import { FORBIDDEN, ownFields } from './words';

interface RemoveRouteDialogProps {
  version: Versioned<ModelRoute>;
  onClose: () => void;
}

export function RemoveRouteDialog({ version, onClose }: RemoveRouteDialogProps) {
  const client = useQueryClient();
  const { id, model } = version.value;
  return (
    <RemoveDialog
      title={`Remove ${model}?`}
      what="model route"
      button="Remove route"
      version={version}
      load={() => readRoute(id)}
      remove={deleteRoute}
      onRemoved={() => {
        void client.invalidateQueries({ queryKey: routesKey });
        toast('Model route removed.');
        onClose();
      }}
      onClose={onClose}
      forbidden={FORBIDDEN}
      fieldsOf={ownFields}
    >
      {() => (
        <p>
          From the next call on, {model} is sent to the provider as the name of a model. Calls of
          the past stay as they are.
        </p>
      )}
    </RemoveDialog>
  );
}
