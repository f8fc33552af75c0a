// Shown in a form after a 412: what others saved since the form was opened, field by field.
import { Button } from '@mantine/core';
import { IconArrowsDiff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './ConflictNotice.module.css';
import { FieldDiff } from './FieldDiff';
import { Notice } from './Notice';

interface ConflictNoticeProps {
  /** "key", "limit" */
  what: string;
  before: object;
  after: object;
  names?: Readonly<Record<string, string>>;
  format?: (value: unknown, field: string) => ReactNode;
  /** Puts the newest values into the form; absent where there is nothing to fill in. */
  onTakeTheirs?: () => void;
}

export function ConflictNotice({
  what,
  before,
  after,
  onTakeTheirs,
  ...rest
}: ConflictNoticeProps) {
  return (
    <Notice
      tone="warn"
      icon={<IconArrowsDiff size={18} aria-hidden="true" />}
      title={`This ${what} was modified since you opened it`}
    >
      <FieldDiff before={{ ...before }} after={{ ...after }} {...rest} />
      <p className={classes.text}>
        Your changes are not saved yet. Saving them overwrites these values.
      </p>
      {onTakeTheirs && (
        <Button size="compact-sm" variant="default" onClick={onTakeTheirs}>
          Discard mine and use these values
        </Button>
      )}
    </Notice>
  );
}
