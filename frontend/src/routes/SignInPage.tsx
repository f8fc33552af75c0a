// The sign-in page. It says why a user was signed out.
import { Alert } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { SignInForm } from '../features/session/SignInForm';
import { useSession } from '../lib/useSession';
import { Brand } from '../ui/Brand';
import { ColorSchemeToggle } from '../ui/ColorSchemeToggle';
import classes from './SignInPage.module.css';

export function SignInPage() {
  const current = useSession();
  const wasRejected = current.state === 'signed-out' && current.reason === 'key-rejected';
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.head}>
          <Brand />
          <ColorSchemeToggle />
        </div>
        <div>
          <h1 className={classes.title}>Sign in</h1>
          <p className={classes.lead}>
            See cost, tokens and latency of LLM calls, per model and label.
          </p>
        </div>
        {wasRejected && (
          <Alert
            role="alert"
            color="yellow"
            variant="light"
            icon={<IconKey size={18} aria-hidden="true" />}
            title="You have been signed out"
            classNames={{
              root: classes.refused,
              icon: classes.refusedIcon,
              title: classes.refusedTitle,
              message: classes.refusedText,
            }}
          >
            Your key is no longer valid. It may be revoked or expired. Sign in with another key.
          </Alert>
        )}
        <SignInForm />
      </div>
    </main>
  );
}
