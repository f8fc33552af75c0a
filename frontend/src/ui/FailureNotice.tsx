// A failure notice: what happened, why, what to do, and the request id for support.
import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiError, describe } from '../api/errors';
import classes from './FailureNotice.module.css';
import { Notice } from './Notice';

interface FailureNoticeProps {
  error: Error;
  /** Text for a 403: which permission is missing, and who can grant it. */
  forbidden: string;
  onRetry?: () => void;
}

export function FailureNotice({ error, forbidden, onRetry }: FailureNoticeProps) {
  const failure = error instanceof ApiError ? error.failure : undefined;
  const { title, detail } = failure ? describe(failure) : { title: 'Something went wrong' };
  const requestId = failure?.kind === 'problem' ? failure.problem.request_id : undefined;
  return (
    <Notice tone="bad" icon={<IconAlertTriangle size={18} aria-hidden="true" />} title={title}>
      {detail && <p className={classes.line}>{detail}</p>}
      {error instanceof ApiError && error.status === 403 && (
        <p className={classes.line}>{forbidden}</p>
      )}
      {requestId && (
        <p className={classes.id}>
          Request <code>{requestId}</code>
        </p>
      )}
      {onRetry && (
        <Button size="compact-sm" variant="default" mt={8} onClick={onRetry}>
          Try again
        </Button>
      )}
    </Notice>
  );
}
