// Servers that calls can be sent to beside the providers of the environment.
import { Button } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { Page } from '../features/frame/Page';
import { UpstreamList } from '../features/upstreams/UpstreamList';

const CreateUpstreamDialog = lazy(() =>
  import('../features/upstreams/CreateUpstreamDialog').then((module) => ({
    default: module.CreateUpstreamDialog,
  })),
);

export function UpstreamsPage() {
  const [isCreating, setIsCreating] = useState(false);
  const button = (
    <Button size="xs" onClick={() => setIsCreating(true)}>
      New upstream
    </Button>
  );
  return (
    <Page title="Upstreams" actions={button}>
      <UpstreamList createButton={button} />
      {isCreating && (
        <Suspense>
          <CreateUpstreamDialog onClose={() => setIsCreating(false)} />
        </Suspense>
      )}
    </Page>
  );
}
