// Before the first call: how to send it. The page updates when the call arrives.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, unwrap } from '../../api/client';
import { usageKey } from '../../api/queryClient';
import { clock } from '../../lib/clock';
import { EmptyState } from '../../ui/EmptyState';
import { Panel } from '../../ui/Panel';
import { FIRST_REQUEST, requestSnippets } from '../../ui/requestSnippets';
import { Snippets } from '../../ui/Snippets';
import { ViewLink } from '../../ui/ViewLink';
import classes from './FirstCall.module.css';

const POLL_MS = 3_000;

export function FirstCall({ canOpenPlayground }: { canOpenPlayground: boolean }) {
  const client = useQueryClient();
  const calls = useQuery({
    queryKey: ['first call'],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/api/usage/summary', { params: { query: { group_by: 'none' } }, signal }),
      ).then(([row]) => row?.calls ?? 0),
    refetchInterval: POLL_MS,
  });
  const hasCalls = (calls.data ?? 0) > 0;
  useEffect(() => {
    if (!hasCalls) return;
    clock.advance();
    void client.invalidateQueries({ queryKey: usageKey });
  }, [hasCalls, client]);

  return (
    <Panel title="Getting started">
      <EmptyState
        title="No calls yet. Send the first one:"
        action={
          canOpenPlayground && (
            <ViewLink to="/playground" className={classes.open}>
              Open Playground
            </ViewLink>
          )
        }
      >
        <div className={classes.snippets}>
          <Snippets snippets={requestSnippets({ origin: location.origin, ...FIRST_REQUEST })} />
        </div>
        <p>This page updates when the call arrives.</p>
      </EmptyState>
    </Panel>
  );
}
