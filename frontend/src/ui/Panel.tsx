// A panel with a title, which labels its region.
import { type ReactNode, useId } from 'react';
import classes from './Panel.module.css';

interface PanelProps {
  title: string;
  /** Beside the title, on its line: a count, a unit, a warning. */
  note?: ReactNode;
  description?: ReactNode;
  /** In place of the visible title: controls that say what the panel shows. Screen readers keep the title. */
  lead?: ReactNode;
  /** At the end of the header: controls of this panel. */
  aside?: ReactNode;
  footer?: ReactNode;
  /** Adds the panel's inner margin around the content; tables go without. */
  padded?: boolean;
  children: ReactNode;
}

export function Panel(props: PanelProps) {
  const { title, note, description, lead, aside, footer, padded, children } = props;
  const headingId = useId();
  return (
    <section className={classes.panel} aria-labelledby={headingId}>
      <header className={classes.header}>
        <div className={classes.heading}>
          <h2 id={headingId} className={lead ? 'visually-hidden' : classes.title}>
            {title}
          </h2>
          {lead}
          {note && <span className={classes.note}>{note}</span>}
          {description && <p className={classes.description}>{description}</p>}
        </div>
        {aside && <div className={classes.aside}>{aside}</div>}
      </header>
      {padded ? <div className={classes.body}>{children}</div> : children}
      {footer && <footer className={classes.footer}>{footer}</footer>}
    </section>
  );
}
