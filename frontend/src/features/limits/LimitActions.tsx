// The dialogs of one limit. Each reads the newest version first, and sends it with the change.
import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import type { KeyNames } from '../../lib/groups';
import { VersionedDialog } from '../../ui/VersionedDialog';
import { DeleteLimitDialog } from './DeleteLimitDialog';
import { readLimit } from './queries';
import { FORBIDDEN } from './texts';

const EditLimitDialog = lazy(() =>
  import('./EditLimitDialog').then((module) => ({ default: module.EditLimitDialog })),
);

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
              <Suspense>
                <EditLimitDialog version={version} keys={keys} onClose={close} />
              </Suspense>
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
