// Messages about what the user just did, announced politely.
import { CloseButton } from '@mantine/core';
import { dismissToast, useToasts } from '../../lib/toast';
import classes from './Toasts.module.css';

export function Toasts() {
  const toasts = useToasts();
  return (
    <div className={classes.toasts} role="status" aria-label="Messages">
      {toasts.map(({ id, text }) => (
        <div key={id} className={classes.toast}>
          <span>{text}</span>
          <CloseButton size="sm" aria-label="Dismiss" onClick={() => dismissToast(id)} />
        </div>
      ))}
    </div>
  );
}
