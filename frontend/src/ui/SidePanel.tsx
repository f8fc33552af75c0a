// Details beside a list: a column on wide screens, a full-screen dialog on narrow ones.
import { CloseButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, type ReactNode, useId } from 'react';
import classes from './SidePanel.module.css';
import { useModal } from './useModal';

interface SidePanelProps {
  title: ReactNode;
  /** Names the panel where the title is not plain text. */
  label?: string;
  /** Under the title: previous and next, copy buttons. */
  tools?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

const NARROW = '(max-width: 68.74em)';

export function SidePanel(props: SidePanelProps) {
  const narrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  return narrow ? <Sheet {...props} /> : <Column {...props} />;
}

function Column(props: SidePanelProps) {
  const titleId = useId();
  const closeOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    props.onClose();
  };
  return (
    <aside
      className={classes.column}
      aria-labelledby={props.label ? undefined : titleId}
      aria-label={props.label}
      onKeyDown={closeOnEscape}
    >
      <Content {...props} titleId={titleId} />
    </aside>
  );
}

function Sheet(props: SidePanelProps) {
  const titleId = useId();
  const modal = useModal(props.onClose, true);
  return (
    <dialog
      {...modal}
      className={classes.sheet}
      aria-labelledby={props.label ? undefined : titleId}
      aria-label={props.label}
    >
      <Content {...props} titleId={titleId} />
    </dialog>
  );
}

function Content({
  title,
  tools,
  onClose,
  children,
  titleId,
}: SidePanelProps & { titleId: string }) {
  return (
    <div className={classes.content}>
      <header className={classes.header}>
        <h2 id={titleId} className={classes.title}>
          {title}
        </h2>
        <div className={classes.tools}>
          {tools}
          <CloseButton aria-label="Close" onClick={onClose} />
        </div>
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  );
}
