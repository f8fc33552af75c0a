// The secret of a key, shown once. Closing asks first whether it was kept.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '../../ui/CopyButton';
import { Dialog } from '../../ui/Dialog';
import { Snippets } from '../../ui/Snippets';
import classes from './KeyForm.module.css';
import type { IssuedKey } from './queries';
import { keySnippets } from './snippets';

interface SecretDialogProps {
  issued: IssuedKey;
  what: 'created' | 'rotated';
  /** What happens to the old secret. */
  note?: string;
  onClose: () => void;
}

export function SecretDialog({ issued, what, note, onClose }: SecretDialogProps) {
  const [isCopied, setIsCopied] = useState(false);
  const [asks, setAsks] = useState(false);
  const { name, secret, scopes, user_label: label } = issued;
  const close = () => (isCopied || asks ? onClose() : setAsks(true));
  const canChat = scopes.includes('chat') || scopes.includes('admin');
  return (
    <Dialog
      title={what === 'created' ? `Key “${name}” is created` : `Key “${name}” has a new secret`}
      onClose={close}
      footer={
        asks ? (
          <div className={classes.ask} role="alert">
            <p>Close without copying? The secret cannot be read again.</p>
            <Button variant="default" onClick={() => setAsks(false)}>
              Back to the secret
            </Button>
            <Button color="red" onClick={onClose}>
              Close
            </Button>
          </div>
        ) : (
          <Button onClick={onClose}>I have it</Button>
        )
      }
    >
      <div className={classes.form}>
        <p className={classes.note}>
          <span className={classes.strong}>Copy it now.</span> It is shown once and cannot be read
          again.{note && ` ${note}`}
        </p>
        <div className={classes.secret}>
          <code>{secret}</code>
          <CopyButton
            value={secret}
            label="Copy"
            labelled
            variant="filled"
            onCopied={() => setIsCopied(true)}
          />
        </div>
        {canChat && (
          <Snippets
            snippets={keySnippets({
              origin: location.origin,
              secret,
              label: label === null ? 'team/search' : undefined,
            })}
          />
        )}
      </div>
    </Dialog>
  );
}
