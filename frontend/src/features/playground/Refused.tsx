// A refused or failed call: what it means, the API's own words, and what to do.
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Notice } from '../../ui/Notice';
import { ViewLink } from '../../ui/ViewLink';
import classes from './Answer.module.css';
import { refusalOf } from './refusals';
import type { ChatError } from './stream';

interface RefusedProps {
  error: ChatError;
  canOpen: (path: string) => boolean;
  onRetry: () => void;
}

export function Refused({ error, canOpen, onRetry }: RefusedProps) {
  const { title, page, retryAfterMs } = refusalOf(error);
  return (
    <div className={classes.failure}>
      <Notice tone="bad" icon={<IconAlertTriangle size={18} aria-hidden="true" />} title={title}>
        <p>{error.message}</p>
        <p className={classes.id}>
          {[error.code, error.about.requestId].filter(Boolean).join(' · ')}
        </p>
        <div className={classes.ways}>
          <RetryButton key={error.about.requestId} afterMs={retryAfterMs ?? 0} onRetry={onRetry} />
          {page && canOpen(page.path) && <ViewLink to={page.path}>{page.text}</ViewLink>}
        </div>
      </Notice>
    </div>
  );
}

const TICK_MS = 250;

function RetryButton({ afterMs, onRetry }: { afterMs: number; onRetry: () => void }) {
  const [left, setLeft] = useState(afterMs);
  useEffect(() => {
    const until = performance.now() + afterMs;
    const timer = setInterval(() => {
      const rest = Math.max(until - performance.now(), 0);
      setLeft(rest);
      if (rest === 0) clearInterval(timer);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [afterMs]);
  return (
    <Button size="compact-sm" variant="default" disabled={left > 0} onClick={onRetry}>
      {left > 0 ? `Try again in ${Math.ceil(left / 1000)} s` : 'Try again'}
    </Button>
  );
}
