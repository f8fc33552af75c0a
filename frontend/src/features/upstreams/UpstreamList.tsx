// The upstreams that administrators registered, with what clients need to use them.
import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { CopyButton } from '../../ui/CopyButton';
import { type Column, DataTable } from '../../ui/DataTable';
import { EmptyState } from '../../ui/EmptyState';
import { FailureNotice } from '../../ui/FailureNotice';
import { Panel } from '../../ui/Panel';
import { type RowAction, RowActions } from '../../ui/RowActions';
import { SkeletonRows } from '../../ui/Skeletons';
import { VersionedDialog } from '../../ui/VersionedDialog';
import { readUpstream, type Upstream, upstreamsQuery } from './queries';
import { RemoveUpstreamDialog } from './RemoveUpstreamDialog';
import classes from './Upstreams.module.css';
import { clientUrl, FORBIDDEN, keyText, WIRES } from './words';

const EditUpstreamDialog = lazy(() =>
  import('./EditUpstreamDialog').then((module) => ({ default: module.EditUpstreamDialog })),
);

interface Opened {
  name: string;
  does: RowAction;
}

export function UpstreamList({ createButton }: { createButton: ReactNode }) {
  const upstreams = useQuery(upstreamsQuery);
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const rows = upstreams.data;
  return (
    <Panel
      title="Registered"
      note={rows?.length}
      description="Beside the providers of the environment: OpenAI, Anthropic and Google keep their own paths."
    >
      {upstreams.isError && !rows && (
        <div className={classes.notice}>
          <FailureNotice
            error={upstreams.error}
            forbidden={FORBIDDEN}
            onRetry={() => void upstreams.refetch()}
          />
        </div>
      )}
      {upstreams.isPending && <SkeletonRows label="Loading upstreams" rows={4} />}
      {rows?.length === 0 && (
        <EmptyState title="No upstreams yet." action={createButton}>
          Register Groq, OpenRouter, Azure OpenAI, Ollama or any other server that speaks one of the
          formats. Its calls are metered and limited like all others.
        </EmptyState>
      )}
      {rows && rows.length > 0 && (
        <DataTable
          caption="Upstreams"
          columns={[...COLUMNS, actionColumn(setOpened)]}
          rows={rows}
          rowKey={({ name }) => name}
        />
      )}
      {opened && (
        <VersionedDialog
          title={opened.does === 'edit' ? `Edit ${opened.name}` : `Remove ${opened.name}?`}
          load={() => readUpstream(opened.name)}
          forbidden={FORBIDDEN}
          onClose={close}
        >
          {(version) =>
            opened.does === 'edit' ? (
              <Suspense>
                <EditUpstreamDialog version={version} onClose={close} />
              </Suspense>
            ) : (
              <RemoveUpstreamDialog version={version} onClose={close} />
            )
          }
        </VersionedDialog>
      )}
    </Panel>
  );
}

const actionColumn = (onOpen: (opened: Opened) => void): Column<Upstream> => ({
  id: 'action',
  header: 'Action',
  align: 'end',
  cell: ({ name }) => <RowActions name={name} onOpen={(does) => onOpen({ name, does })} />,
});

const COLUMNS: readonly Column<Upstream>[] = [
  { id: 'name', header: 'Name', phone: 'title', cell: ({ name }) => <strong>{name}</strong> },
  {
    id: 'use',
    header: 'Base URL',
    hint: 'What clients are given. The button copies it with the address of this deployment.',
    cell: (upstream) => {
      const url = clientUrl(upstream, window.location.origin);
      return (
        <span className={classes.url} title={url}>
          <code>{clientUrl(upstream, '')}</code>
          <CopyButton value={url} label={`Copy the base URL of ${upstream.name}`} />
        </span>
      );
    },
  },
  {
    id: 'format',
    header: 'Format',
    cell: ({ wire }) => <span className={classes.dimmed}>{WIRES[wire]}</span>,
  },
  { id: 'server', header: 'Server', cell: ({ base_url: url }) => <span title={url}>{url}</span> },
  {
    id: 'key',
    header: 'Key',
    hint: 'Where the key of the server is kept; it is never stored here.',
    cell: (upstream) => <code>{keyText(upstream)}</code>,
  },
  { id: 'prices', header: 'Prices of', cell: ({ price_provider: provider }) => provider },
];
