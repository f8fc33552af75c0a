// The door: a key, and why somebody stands here if they were inside before.
import { Alert } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { SignInForm } from '../features/session/SignInForm';
import { useSession } from '../lib/useSession';
import { Brand } from '../ui/Brand';
import { ColorSchemeToggle } from '../ui/ColorSchemeToggle';
import classes from './SignInPage.module.css';

export function SignInPage() {
  const current = useSession();
  const wasRefused = current.state === 'signed-out' && current.reason === 'key-refused';
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.head}>
          <Brand />
          <ColorSchemeToggle />
        </div>
        <div>
          <h1 className={classes.title}>Sign in</h1>
          <p className={classes.lead}>See who spends what on language models.</p>
        </div>
        {wasRefused && (
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
            Your key is not accepted any more. It may be revoked or expired; sign in with another.
          </Alert>
        )}
        <SignInForm />
      </div>
    </main>
  );
}
