// All limits, their newest events, and the dialog that creates one.
import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useFrame } from '../features/frame/context';
import { Page } from '../features/frame/Page';
import { LimitEvents } from '../features/limits/LimitEvents';
import { LimitList } from '../features/limits/LimitList';
import { startOfLimit } from '../features/limits/start';
import { useRawSearch } from '../lib/useView';
import { administers } from './pages';
import { useKeyNames } from './useKeyNames';

const CreateLimitDialog = lazy(() =>
  import('../features/limits/CreateLimitDialog').then((module) => ({
    default: module.CreateLimitDialog,
  })),
);

export function LimitsPage() {
  const { me } = useFrame();
  const keys = useKeyNames();
  const navigate = useNavigate();
  const start = startOfLimit(useRawSearch());
  const [isCreating, setIsCreating] = useState(start !== undefined);
  const canChange = administers(me);
  const create = canChange ? () => setIsCreating(true) : undefined;
  function close() {
    setIsCreating(false);
    if (start) void navigate({ to: '.', search: ({ new: _, subject: __, ...rest }) => rest });
  }
  return (
    <Page
      title="Limits"
      actions={
        create && (
          <Button size="xs" onClick={create}>
            New limit
          </Button>
        )
      }
    >
      <LimitList keys={keys} onCreate={create} />
      <LimitEvents keys={keys} />
      {isCreating && canChange && (
        <Suspense>
          <CreateLimitDialog start={start} keys={keys} onClose={close} />
        </Suspense>
      )}
    </Page>
  );
}
