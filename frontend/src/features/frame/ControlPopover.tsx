// A button of the filter bar that opens a panel below it; on phones the panel is a full-screen dialog.
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, Suspense, useState } from 'react';
import { Dialog } from '../../ui/Dialog';
import { Popup, type PopupButtonProps } from '../../ui/Popup';
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
  const button = (props: PopupButtonProps) => (
    <button
      {...props}
      type="button"
      className={classes.button}
      data-empty={isEmpty || undefined}
      data-shortcut={shortcut}
    >
      <span className="visually-hidden">{name}: </span>
      <span className={classes.text}>{text}</span>
      {!isEmpty && <IconChevronDown size={14} aria-hidden="true" className={classes.chevron} />}
    </button>
  );
  if (!isPhone) {
    return (
      <Popup role="dialog" label={name} position="bottom-start" button={button}>
        {(close) => <div className={classes.panel}>{children(close)}</div>}
      </Popup>
    );
  }
  const open = () => setIsOpen(true);
  const close = () => setIsOpen(false);
  return (
    <>
      {button({ 'aria-haspopup': 'dialog', 'aria-expanded': isOpen, onClick: open })}
      {isOpen && (
        <Dialog title={name} onClose={close} fullScreen>
          <Suspense>{children(close)}</Suspense>
        </Dialog>
      )}
    </>
  );
}
