// The prices of one model: `/prices/gpt-5`.
import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { Page } from '../features/frame/Page';
import { linesOf } from '../features/prices/book';
import { CorrectionDialog } from '../features/prices/CorrectionDialog';
import { Corrections } from '../features/prices/Corrections';
import { ModelPrices } from '../features/prices/ModelPrices';
import { bookQuery, type Price, revisionsQuery } from '../features/prices/queries';
import { RemoveDialog } from '../features/prices/RemoveDialog';
import { FORBIDDEN } from '../features/prices/texts';
import { BackLink } from '../ui/BackLink';
import { EmptyState } from '../ui/EmptyState';
import { FailureNotice } from '../ui/FailureNotice';
import { Panel } from '../ui/Panel';
import { SkeletonRows } from '../ui/Skeletons';
import { usePriceDraft } from './usePriceDraft';

export function PricePage() {
  const { model = '' } = useParams({ strict: false }) as { model?: string };
  const book = useQuery(bookQuery);
  const revisions = useQuery(revisionsQuery);
  const draft = usePriceDraft();
  const [removing, setRemoving] = useState<Price>();
  const rows = book.data?.rows.filter((row) => row.model === model);
  return (
    <Page title={model} tab={`Prices · ${model}`}>
      <BackLink to="/prices">All prices</BackLink>
      {book.isError && !rows && (
        <FailureNotice
          error={book.error}
          forbidden={FORBIDDEN}
          onRetry={() => void book.refetch()}
        />
      )}
      {book.isPending && (
        <Panel title="Prices">
          <SkeletonRows label="Loading prices" />
        </Panel>
      )}
      {rows?.length === 0 && (
        <Panel title="Prices">
          <EmptyState
            title="This model has no price."
            action={<Button onClick={() => void draft.price({ model })}>Set price</Button>}
          >
            Its calls are counted, but spend leaves them out.
          </EmptyState>
        </Panel>
      )}
      {rows && rows.length > 0 && (
        <>
          <ModelPrices
            lines={linesOf(rows, Date.now())}
            revisions={revisions.data?.data ?? []}
            onCorrect={draft.change}
            onRemove={setRemoving}
          />
          <Corrections model={model} />
        </>
      )}
      {draft.opened && <CorrectionDialog {...draft.opened} onClose={draft.close} />}
      {removing && <RemoveDialog price={removing} onClose={() => setRemoving(undefined)} />}
    </Page>
  );
}
