// The sign-in page. It says why a user was signed out.
import { IconKey } from '@tabler/icons-react';
import { SignInForm } from '../features/session/SignInForm';
import { useSession } from '../lib/useSession';
import { Notice } from '../ui/Notice';
import { SignInCard } from './SignInCard';

export function SignInPage() {
  const current = useSession();
  const wasRejected = current.state === 'signed-out' && current.reason === 'key-rejected';
  return (
    <SignInCard title="Sign in" lead="Who spends what on language models.">
      {wasRejected && (
        <Notice
          tone="warn"
          icon={<IconKey size={18} aria-hidden="true" />}
          title="This key no longer works. Sign in again."
        >
          It may be revoked or expired. After you sign in with another key, you return to the page
          you were on.
        </Notice>
      )}
      <SignInForm />
    </SignInCard>
  );
}
