// Under the form: usage so far, the outlook, and what the limit would have done in the past.
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { timeseriesQuery } from '../../api/usage';
import { useAsOf } from '../../lib/clock';
import { FailureNotice } from '../../ui/FailureNotice';
import { SkeletonText } from '../../ui/Skeletons';
import type { LimitDraft } from './draft';
import classes from './LimitForm.module.css';
import { previewOf, previewParams } from './preview';

const TYPING_MS = 300;

export function LimitPreview({ draft }: { draft: LimitDraft }) {
  const now = useAsOf();
  // The amount needs no request; typing a label or tag waits for the last letter.
  const [id] = useDebouncedValue(draft.id, TYPING_MS);
  const query = previewParams({ ...draft, id }, now);
  const { data, error, isPlaceholderData, refetch } = useQuery(timeseriesQuery(query));
  if (!query) return <p className={classes.hint}>{hintOf(draft)}</p>;
  const isReady = data && !isPlaceholderData && id === draft.id;
  const preview = isReady ? previewOf(draft, data, now) : undefined;
  if (error && !data) {
    return (
      <FailureNotice
        error={error}
        forbidden="This key may not read usage."
        onRetry={() => void refetch()}
      />
    );
  }
  return (
    <div className={classes.preview} role="status" aria-label="What this limit would do">
      {preview ? (
        <>
          <p>{preview.used}</p>
          {preview.pace && <p>{preview.pace}</p>}
          {preview.backtest && <p>{preview.backtest}</p>}
        </>
      ) : (
        <p>
          <SkeletonText width="34ch" />
        </p>
      )}
    </div>
  );
}

function hintOf({ metric, window }: LimitDraft): string {
  if (metric === 'concurrency')
    return 'Counts calls in flight, so it cannot be tested against history.';
  if (window === 'minute' || window === 'hour') {
    return `Resets each ${window}. Windows this short are not tested against history.`;
  }
  if (window === 'total') return 'Counts from now on and never resets.';
  return 'Choose what it applies to, to see what it would have done.';
}
