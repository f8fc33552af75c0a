// The dialogs of one key. Each reads the newest version first, and sends it with the change.
import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { VersionedDialog } from '../../ui/VersionedDialog';
import { type ApiKey, readKey } from './queries';
import { RevokeDialog } from './RevokeDialog';
import { RotateDialog } from './RotateDialog';
import { FORBIDDEN } from './texts';

// Loaded on the click: the form's lists of suggestions weigh more than the page.
const EditKeyDialog = lazy(() =>
  import('./EditKeyDialog').then((module) => ({ default: module.EditKeyDialog })),
);

const DIALOGS = {
  edit: { title: 'Edit key', Form: EditKeyDialog },
  rotate: { title: 'Rotate key', Form: RotateDialog },
  revoke: { title: 'Revoke key', Form: RevokeDialog },
} as const;

export function KeyActions({ apiKey }: { apiKey: ApiKey }) {
  const [opened, setOpened] = useState<keyof typeof DIALOGS>();
  const close = () => setOpened(undefined);
  const isRevoked = apiKey.status === 'revoked';
  const dialog = opened && DIALOGS[opened];
  return (
    <>
      {!isRevoked && (
        <>
          <Button size="xs" variant="default" onClick={() => setOpened('edit')}>
            Edit
          </Button>
          <Button size="xs" variant="default" onClick={() => setOpened('rotate')}>
            Rotate
          </Button>
          <Button size="xs" variant="default" color="red" onClick={() => setOpened('revoke')}>
            Revoke
          </Button>
        </>
      )}
      {dialog && (
        <VersionedDialog
          title={dialog.title}
          load={() => readKey(apiKey.id)}
          forbidden={FORBIDDEN}
          onClose={close}
        >
          {(version) => (
            <Suspense>
              <dialog.Form version={version} onClose={close} />
            </Suspense>
          )}
        </VersionedDialog>
      )}
    </>
  );
}
