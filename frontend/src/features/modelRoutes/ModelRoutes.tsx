// Names that callers use as a model, each with the targets that a call is tried at.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { type RowAction, RowActions } from '../../ui/RowActions';
import { SkeletonRows } from '../../ui/Skeletons';
import { VersionedDialog } from '../../ui/VersionedDialog';
import classes from './ModelRoutes.module.css';
import { type ModelRoute, readRoute, routesQuery } from './queries';
import { RemoveRouteDialog } from './RemoveRouteDialog';
import type { UpstreamNames } from './RouteDialog';
import { FORBIDDEN, targetText } from './words';

const CreateRouteDialog = lazy(() =>
  import('./CreateRouteDialog').then((module) => ({ default: module.CreateRouteDialog })),
);
const EditRouteDialog = lazy(() =>
  import('./EditRouteDialog').then((module) => ({ default: module.EditRouteDialog })),
);

type Opened = { does: 'create' } | { does: RowAction; id: string; model: string };

export function ModelRoutes({ upstreams }: { upstreams: UpstreamNames }) {
  const routes = useQuery(routesQuery);
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const rows = routes.data;
  return (
    <Panel
      title="Model routes"
      note={rows?.length}
      description="Names that callers use as the model. A call is tried at the targets in their order."
      aside={
        <Button size="xs" variant="default" onClick={() => setOpened({ does: 'create' })}>
          New route
        </Button>
      }
    >
      {routes.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={routes.error}
            forbidden={FORBIDDEN}
            onRetry={() => void routes.refetch()}
          />
        </div>
      )}
      {routes.isPending && <SkeletonRows label="Loading model routes" rows={2} />}
      {rows?.length === 0 && (
        <EmptyState title="No model routes yet.">
          One name for a model at several upstreams: if the first is down or at its rate limit, the
          next one answers, and the call is counted once.
        </EmptyState>
      )}
      {rows && rows.length > 0 && (
        <DataTable
          caption="Model routes"
          columns={[...COLUMNS, actionColumn(setOpened)]}
          rows={rows}
          rowKey={({ id }) => id}
        />
      )}
      {opened?.does === 'create' && (
        <Suspense>
          <CreateRouteDialog upstreams={upstreams} onClose={close} />
        </Suspense>
      )}
      {opened && opened.does !== 'create' && (
        <VersionedDialog
          title={opened.does === 'edit' ? `Edit ${opened.model}` : `Remove ${opened.model}?`}
          load={() => readRoute(opened.id)}
          forbidden={FORBIDDEN}
          onClose={close}
        >
          {(version) =>
            opened.does === 'edit' ? (
              <Suspense>
                <EditRouteDialog version={version} upstreams={upstreams} onClose={close} />
              </Suspense>
            ) : (
              <RemoveRouteDialog version={version} onClose={close} />
            )
          }
        </VersionedDialog>
      )}
    </Panel>
  );
}

const actionColumn = (onOpen: (opened: Opened) => void): Column<ModelRoute> => ({
  id: 'action',
  header: 'Action',
  align: 'end',
  cell: ({ id, model }) => (
    <RowActions name={model} onOpen={(does) => onOpen({ does, id, model })} />
  ),
});

const COLUMNS: readonly Column<ModelRoute>[] = [
  {
    id: 'model',
    header: 'Name',
    phone: 'title',
    cell: ({ model }) => <strong title={model}>{model}</strong>,
  },
  {
    id: 'wire',
    header: 'Format',
    cell: ({ wire }) => <span className={classes.dimmed}>{wire}</span>,
  },
  {
    id: 'targets',
    header: 'Targets',
    cell: ({ targets }) => (
      <span className={classes.path} title={targets.map(targetText).join(' → ')}>
        {targets.map(targetText).join(' → ')}
      </span>
    ),
  },
];
