// Sign-in form. Tries the key first, so that a rejected key is reported beside the field.
import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../api/errors';
import { isKeyShaped } from '../../lib/session';
import { FailureNotice } from '../../ui/FailureNotice';
import { SecretField } from '../../ui/SecretField';
import { useSignIn } from './queries';
import classes from './SignInForm.module.css';

export function SignInForm() {
  const [key, setKey] = useState('');
  const [shapeError, setShapeError] = useState<string>();
  const signIn = useSignIn();

  const rejected = signIn.error instanceof ApiError && signIn.error.status === 401;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = key.trim();
    const wrong = checkShape(trimmed);
    setShapeError(wrong);
    signIn.reset();
    if (!wrong) signIn.mutate(trimmed);
  };

  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <SecretField
        label="Tokenmeter key"
        description="Kept in this tab only. It ends when you close it."
        placeholder="tm_…"
        required
        value={key}
        onChange={setKey}
        error={shapeError ?? (rejected && 'This key was rejected. It may be revoked or expired.')}
      />
      {signIn.error && !rejected && (
        <FailureNotice error={signIn.error} forbidden="This key has no access to the dashboard." />
      )}
      <Button type="submit" size="md" fullWidth loading={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}

function checkShape(key: string): string | undefined {
  if (key === '') return 'Enter a key.';
  if (key.startsWith('sk-'))
    return 'This is a provider key. Enter a Tokenmeter key, which starts with tm_.';
  if (!isKeyShaped(key)) return 'A Tokenmeter key starts with tm_.';
  return undefined;
}
