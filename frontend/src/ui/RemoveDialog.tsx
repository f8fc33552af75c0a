// Confirms the removal of one resource at the version it was read at. After a conflict it shows what others saved.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Versioned } from '../api/client';
import { useVersionedEdit } from '../api/useVersionedEdit';
import { ConflictNotice } from './ConflictNotice';
import { Dialog } from './Dialog';
import { FailureNotice } from './FailureNotice';
import classes from './RemoveDialog.module.css';

interface RemoveDialogProps<T> {
  title: string;
  /** "limit", "upstream" */
  what: string;
  button: string;
  version: Versioned<T>;
  load: () => Promise<Versioned<T>>;
  remove: (version: Versioned<T>) => Promise<void>;
  onRemoved: () => void;
  onClose: () => void;
  forbidden: string;
  /** What someone else can have changed, and its names. */
  fieldsOf: (value: T) => object;
  names?: Readonly<Record<string, string>>;
  /** What the removal means, from the newest version. */
  children: (current: T) => ReactNode;
}

export function RemoveDialog<T>(props: RemoveDialogProps<T>) {
  const { version, load, remove, onRemoved, onClose, fieldsOf } = props;
  const edit = useVersionedEdit({
    initial: version,
    load,
    save: (_: undefined, current) => remove(current),
    onSaved: onRemoved,
  });
  return (
    <Dialog
      title={props.title}
      size="sm"
      onClose={onClose}
      footer={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button color="red" loading={edit.isSaving} onClick={() => edit.save(undefined)}>
            {props.button}
          </Button>
        </>
      }
    >
      <div className={classes.body}>
        {edit.conflict && (
          <ConflictNotice
            what={props.what}
            before={fieldsOf(edit.conflict.before)}
            after={fieldsOf(edit.conflict.after)}
            names={props.names}
          />
        )}
        {edit.error && <FailureNotice error={edit.error} forbidden={props.forbidden} />}
        {props.children(edit.current)}
      </div>
    </Dialog>
  );
}
