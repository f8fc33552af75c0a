// The buttons of a row that can be edited and removed.
import { Button } from '@mantine/core';
import classes from './RowActions.module.css';

const ACTIONS = { edit: 'Edit', remove: 'Remove' } as const;
export type RowAction = keyof typeof ACTIONS;

interface RowActionsProps {
  /** Of the row, for the accessible names of its buttons. */
  name: string;
  onOpen: (does: RowAction) => void;
}

export function RowActions({ name, onOpen }: RowActionsProps) {
  return (
    <span className={classes.actions}>
      {(Object.keys(ACTIONS) as RowAction[]).map((does) => (
        <Button
          key={does}
          size="compact-xs"
          variant="default"
          aria-label={`${ACTIONS[does]} ${name}`}
          onClick={() => onOpen(does)}
        >
          {ACTIONS[does]}
        </Button>
      ))}
    </span>
  );
}
