// A button of the filter bar that opens a panel below it; on phones the panel is a full-screen dialog.
import { Popover, UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { Dialog } from '../../ui/Dialog';
import classes from './ControlPopover.module.css';
import { usePhone } from './usePhone';

interface ControlPopoverProps {
  /** Names the button and the panel: `Range`. */
  name: string;
  /** The present choice. */
  text: ReactNode;
  /** Dashed: nothing is chosen yet. */
  isEmpty?: boolean;
  /** Lets a shortcut press the button. */
  shortcut?: string;
  children: (close: () => void) => ReactNode;
}

export function ControlPopover({ name, text, isEmpty, shortcut, children }: ControlPopoverProps) {
  const [isOpen, setIsOpen] = useState(false);
  const isPhone = usePhone();
  const close = () => setIsOpen(false);
  const button = (
    <UnstyledButton
      className={classes.button}
      data-empty={isEmpty || undefined}
      data-shortcut={shortcut}
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      onClick={() => setIsOpen((open) => !open)}
    >
      <span className="visually-hidden">{name}: </span>
      <span className={classes.text}>{text}</span>
      {!isEmpty && <IconChevronDown size={14} aria-hidden="true" className={classes.chevron} />}
    </UnstyledButton>
  );
  if (isPhone) {
    return (
      <>
        {button}
        {isOpen && (
          <Dialog title={name} onClose={close} fullScreen>
            {children(close)}
          </Dialog>
        )}
      </>
    );
  }
  return (
    <Popover
      opened={isOpen}
      onChange={setIsOpen}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      withRoles={false}
    >
      <Popover.Target>{button}</Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={name} className={classes.panel}>
        {isOpen && children(close)}
      </Popover.Dropdown>
    </Popover>
  );
}
