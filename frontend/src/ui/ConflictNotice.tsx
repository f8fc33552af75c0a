// In a form: somebody else saved the same thing since it was opened. Shows what they changed, field by field.
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
      title={`This ${what} was modified since you opened it. These are its values now.`}
    >
      <FieldDiff before={{ ...before }} after={{ ...after }} {...rest} />
      <p className={classes.text}>Nothing of yours is saved yet. Saving again keeps your values.</p>
      {onTakeTheirs && (
        <Button size="compact-sm" variant="default" onClick={onTakeTheirs}>
          Use their values
        </Button>
      )}
    </Notice>
  );
}
