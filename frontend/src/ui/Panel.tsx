// A panel with a title, which labels its region.
import { type ReactNode, useId } from 'react';
import classes from './Panel.module.css';

interface PanelProps {
  title: string;
  description?: string;
  aside?: ReactNode;
  children: ReactNode;
}

export function Panel({ title, description, aside, children }: PanelProps) {
  const headingId = useId();
  return (
    <section className={classes.panel} aria-labelledby={headingId}>
      <header className={classes.header}>
        <div>
          <h2 id={headingId} className={classes.title}>
            {title}
          </h2>
          {description && <p className={classes.description}>{description}</p>}
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}
