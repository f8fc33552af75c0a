// The dialogs of one limit. Each reads the newest version first, and sends it with the change.
import { Button } from '@mantine/core';
import { useState } from 'react';
import type { KeyNames } from '../../lib/groups';
import { VersionedDialog } from '../../ui/VersionedDialog';
import { DeleteLimitDialog } from './DeleteLimitDialog';
import { EditLimitDialog } from './EditLimitDialog';
import { readLimit } from './queries';
import { FORBIDDEN } from './texts';

interface LimitActionsProps {
  id: string;
  keys: KeyNames | undefined;
  onDeleted: () => void;
}

export function LimitActions({ id, keys, onDeleted }: LimitActionsProps) {
  const [opened, setOpened] = useState<'edit' | 'delete'>();
  const close = () => setOpened(undefined);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpened('edit')}>
        Edit
      </Button>
      <Button size="xs" variant="default" onClick={() => setOpened('delete')}>
        Delete
      </Button>
      {opened && (
        <VersionedDialog
          title={opened === 'edit' ? 'Edit limit' : 'Delete this limit?'}
          load={() => readLimit(id)}
          forbidden={FORBIDDEN}
          onClose={close}
        >
          {(version) =>
            opened === 'edit' ? (
              <EditLimitDialog version={version} keys={keys} onClose={close} />
            ) : (
              <DeleteLimitDialog
                version={version}
                keys={keys}
                onClose={close}
                onDeleted={onDeleted}
              />
            )
          }
        </VersionedDialog>
      )}
    </>
  );
}
