// The sign-in page. It says why a user was signed out.
import { Alert } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { SignInForm } from '../features/session/SignInForm';
import { useSession } from '../lib/useSession';
import { SignInCard } from './SignInCard';
import classes from './SignInCard.module.css';

export function SignInPage() {
  const current = useSession();
  const wasRejected = current.state === 'signed-out' && current.reason === 'key-rejected';
  return (
    <SignInCard title="Sign in" lead="Who spends what on language models.">
      {wasRejected && (
        <Alert
          role="alert"
          color="yellow"
          variant="light"
          icon={<IconKey size={18} aria-hidden="true" />}
          title="This key no longer works. Sign in again."
          classNames={{
            root: classes.refused,
            icon: classes.refusedIcon,
            title: classes.refusedTitle,
            message: classes.refusedText,
          }}
        >
          It may be revoked or expired. After you sign in with another key, you return to the page
          you were on.
        </Alert>
      )}
      <SignInForm />
    </SignInCard>
  );
}
