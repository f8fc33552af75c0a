// Confirms and removes an upstream.
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { toast } from '../../lib/toast';
import { RemoveDialog } from '../../ui/RemoveDialog';
import { deleteUpstream, readUpstream, type Upstream, upstreamsKey } from './queries';
import { FORBIDDEN, ownFields, UPSTREAM_FIELDS } from './words';

interface RemoveUpstreamDialogProps {
  version: Versioned<Upstream>;
  onClose: () => void;
}

export function RemoveUpstreamDialog({ version, onClose }: RemoveUpstreamDialogProps) {
  const client = useQueryClient();
  const { name } = version.value;
  return (
    <RemoveDialog
      title={`Remove ${name}?`}
      what="upstream"
      button="Remove upstream"
      version={version}
      load={() => readUpstream(name)}
      remove={deleteUpstream}
      onRemoved={() => {
        void client.invalidateQueries({ queryKey: upstreamsKey });
        toast('Upstream removed.');
        onClose();
      }}
      onClose={onClose}
      forbidden={FORBIDDEN}
      fieldsOf={ownFields}
      names={UPSTREAM_FIELDS}
    >
      {() => (
        <p>
          From the next call on, paths that begin with /{name} are answered with 404, and model
          routes skip it. What its calls have cost stays in the ledger.
        </p>
      )}
    </RemoveDialog>
  );
}
