// Confirms and removes an upstream.
import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { Versioned } from '../../api/client';
import { useVersionedEdit } from '../../api/useVersionedEdit';
import { toast } from '../../lib/toast';
import { ConflictNotice } from '../../ui/ConflictNotice';
import { Dialog } from '../../ui/Dialog';
import { FailureNotice } from '../../ui/FailureNotice';
import { deleteUpstream, readUpstream, type Upstream, upstreamsKey } from './queries';
import classes from './Upstreams.module.css';
import { FORBIDDEN, ownFields, UPSTREAM_FIELDS } from './words';

interface RemoveUpstreamDialogProps {
  version: Versioned<Upstream>;
  onClose: () => void;
}

export function RemoveUpstreamDialog({ version, onClose }: RemoveUpstreamDialogProps) {
  const client = useQueryClient();
  const { name } = version.value;
  const edit = useVersionedEdit({
    initial: version,
    load: () => readUpstream(name),
    save: (_: undefined, current) => deleteUpstream(current),
    onSaved: () => {
      void client.invalidateQueries({ queryKey: upstreamsKey });
      toast('Upstream removed.');
      onClose();
    },
  });
  return (
    <Dialog
      title={`Remove ${name}?`}
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={edit.isSaving} onClick={() => edit.save(undefined)}>
            Remove upstream
          </Button>
        </>
      }
    >
      <div className={classes.form}>
        {edit.conflict && (
          <ConflictNotice
            what="upstream"
            before={ownFields(edit.conflict.before)}
            after={ownFields(edit.conflict.after)}
            names={UPSTREAM_FIELDS}
          />
        )}
        {edit.error && <FailureNotice error={edit.error} forbidden={FORBIDDEN} />}
        <p className={classes.note}>
          From the next call on, paths that begin with /{name} are answered with 404. What its calls
          have cost stays in the ledger.
        </p>
      </div>
    </Dialog>
  );
}
