// Asks whether the key of a sign-in link should replace the key in use.
import { Button } from '@mantine/core';
import { keyHint, session } from '../../lib/session';
import { useSession } from '../../lib/useSession';
import classes from './OfferedKeyDialog.module.css';

export function OfferedKeyDialog() {
  const current = useSession();
  const offered = current.state === 'signed-in' ? current.offered : undefined;
  if (current.state !== 'signed-in' || offered === undefined) return null;
  return (
    <dialog
      ref={show}
      className={classes.dialog}
      aria-labelledby="offered-key-title"
      onCancel={session.keepKey}
    >
      <h2 id="offered-key-title" className={classes.title}>
        Switch to another key?
      </h2>
      <p>
        The link you opened holds the key {keyHint(offered)}. You are signed in with{' '}
        {keyHint(current.key)}. Switch only if you know where the link is from.
      </p>
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => session.signIn(offered)}>
          Switch to {keyHint(offered)}
        </Button>
        <Button onClick={session.keepKey}>Keep {keyHint(current.key)}</Button>
      </div>
    </dialog>
  );
}

function show(dialog: HTMLDialogElement | null) {
  if (dialog && !dialog.open) dialog.showModal();
}
