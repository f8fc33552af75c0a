// Servers that calls can be sent to beside the providers of the environment, and routes over several of them.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Page } from '../features/frame/Page';
import { ModelRoutes } from '../features/modelRoutes/ModelRoutes';
import { upstreamsQuery } from '../features/upstreams/queries';
import { UpstreamList } from '../features/upstreams/UpstreamList';
import { namesByWire } from '../features/upstreams/words';

const CreateUpstreamDialog = lazy(() =>
  import('../features/upstreams/CreateUpstreamDialog').then((module) => ({
    default: module.CreateUpstreamDialog,
  })),
);

export function UpstreamsPage() {
  const [isCreating, setIsCreating] = useState(false);
  const { data: upstreams = [] } = useQuery(upstreamsQuery);
  const button = (
    <Button size="xs" onClick={() => setIsCreating(true)}>
      New upstream
    </Button>
  );
  return (
    <Page title="Upstreams" actions={button}>
      <UpstreamList createButton={button} />
      <ModelRoutes upstreams={namesByWire(upstreams)} />
      {isCreating && (
        <Suspense>
          <CreateUpstreamDialog onClose={() => setIsCreating(false)} />
        </Suspense>
      )}
    </Page>
  );
}
