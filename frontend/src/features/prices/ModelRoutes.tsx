// Names that callers use as a model, each with the targets that a call is tried at.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { formatNumberOf } from '../../lib/format';
import { useRawSearch } from '../../lib/useView';
import { valuesOf } from '../../lib/view';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { SkeletonRows } from '../../ui/Skeletons';
import classes from './Prices.module.css';
import { type ModelRoute, routesQuery } from './queries';

const FORBIDDEN = 'Model routes need a key with the admin scope that is not bound to a label.';

export function ModelRoutes({ tools }: { tools: ReactNode }) {
  const [text = ''] = valuesOf(useRawSearch(), 'q');
  const routes = useQuery(routesQuery);
  const shown = routes.data && withName(routes.data, text);
  return (
    <Panel
      title="Model routes"
      note={shown && formatNumberOf(shown.length, 'route')}
      description="Names that callers use as the model. A call is tried at the targets in their order."
      aside={tools}
    >
      {routes.isError && !routes.data && (
        <div className={classes.notice}>
          <FailureNotice
            error={routes.error}
            forbidden={FORBIDDEN}
            onRetry={() => void routes.refetch()}
          />
        </div>
      )}
      {routes.isPending && <SkeletonRows label="Loading model routes" rows={4} />}
      {routes.data?.length === 0 && (
        <EmptyState title="No model routes yet.">
          Administrators add them with POST /api/model-routes.
        </EmptyState>
      )}
      {shown?.length === 0 && routes.data?.length !== 0 && (
        <EmptyState title={`Nothing has “${text}” in its name.`} />
      )}
      {shown && shown.length > 0 && (
        <DataTable caption="Model routes" columns={COLUMNS} rows={shown} rowKey={({ id }) => id} />
      )}
    </Panel>
  );
}

const COLUMNS: Column<ModelRoute>[] = [
  {
    id: 'model',
    header: 'Name',
    phone: 'title',
    cell: ({ model }) => <span className={classes.strong}>{model}</span>,
  },
  {
    id: 'wire',
    header: 'Format',
    cell: ({ wire }) => <span className={classes.dimmed}>{wire}</span>,
  },
  {
    id: 'targets',
    header: 'Targets',
    cell: ({ targets }) => targets.map(textOf).join(' → '),
  },
];

/** `llama-3.3 at groq (20 s)`. */
const textOf = ({ upstream, model, timeout_seconds: timeout }: ModelRoute['targets'][number]) =>
  `${model} at ${upstream}${timeout === null ? '' : ` (${timeout} s)`}`;

/** Routes that have the text in their name or in that of a target, in any case. */
function withName(routes: readonly ModelRoute[], text: string) {
  const wanted = text.trim().toLowerCase();
  return routes.filter(({ model, targets }) =>
    [model, ...targets.flatMap((target) => [target.upstream, target.model])].some((name) =>
      name.toLowerCase().includes(wanted),
    ),
  );
}
