// All keys, and the dialog that creates one.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Page } from '../features/frame/Page';
import { CreateKeyDialog } from '../features/keys/CreateKeyDialog';
import { KeyList } from '../features/keys/KeyList';

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
      {isCreating && <CreateKeyDialog onClose={() => setIsCreating(false)} />}
    </Page>
  );
}
