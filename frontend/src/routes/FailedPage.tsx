// Shown in place of a page that failed, above all when the API cannot be reached at the start.
import { Button } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { session } from '../lib/session';
import { FailureNotice } from '../ui/FailureNotice';
import { SignInCard } from './SignInCard';

export function FailedPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <SignInCard title="The page could not be opened">
      <FailureNotice
        error={error instanceof Error ? error : new Error(String(error))}
        forbidden="Your key may not open this page. Sign in with another key."
        onRetry={retry}
      />
      <Button variant="default" onClick={() => session.signOut('other-key')}>
        Sign in with another key
      </Button>
    </SignInCard>
  );
}
