// A modal dialog: the <dialog> element, because Mantine's Modal writes <style>. Mount it to open it.
import { CloseButton } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './Dialog.module.css';
import { useModal } from './useModal';
import { useScrollStop } from './useScrollStop';

interface DialogProps {
  title: string;
  onClose: () => void;
  /** Buttons, the main one last. */
  footer?: ReactNode;
  size?: 'sm' | 'md' | 'lg';
  /** Whether a click beside the dialog closes it; forms that lose input on closing say no. */
  dismissable?: boolean;
  /** Full screen on phones. */
  fullScreen?: boolean;
  children: ReactNode;
}

export function Dialog(props: DialogProps) {
  const { title, onClose, footer, size = 'md', dismissable = false, fullScreen, children } = props;
  const titleId = useId();
  const modal = useModal(onClose, dismissable);
  const body = useScrollStop();
  return (
    <dialog
      {...modal}
      className={classes.dialog}
      data-size={size}
      data-full={fullScreen || undefined}
      aria-labelledby={titleId}
    >
      <div className={classes.frame}>
        <header className={classes.header}>
          <h2 id={titleId} className={classes.title}>
            {title}
          </h2>
          <CloseButton aria-label="Close" onClick={onClose} />
        </header>
        <div ref={body} className={classes.body}>
          {children}
        </div>
        {footer && <footer className={classes.footer}>{footer}</footer>}
      </div>
    </dialog>
  );
}
