// All keys, and the dialog that creates one.
import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { Page } from '../features/frame/Page';
import { KeyList } from '../features/keys/KeyList';

const CreateKeyDialog = lazy(() =>
  import('../features/keys/CreateKeyDialog').then((module) => ({
    default: module.CreateKeyDialog,
  })),
);

export function KeysPage() {
  const [isCreating, setIsCreating] = useState(false);
  const create = () => setIsCreating(true);
  return (
    <Page
      title="Keys"
      actions={
        <Button size="xs" onClick={create}>
          New key
        </Button>
      }
    >
      <KeyList onCreate={create} />
      {isCreating && (
        <Suspense>
          <CreateKeyDialog onClose={() => setIsCreating(false)} />
        </Suspense>
      )}
    </Page>
  );
}
