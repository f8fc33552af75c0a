// A framed message inside a page or a form: a failure or a warning.
import type { ReactNode } from 'react';
import classes from './Notice.module.css';

interface NoticeProps {
  tone: 'bad' | 'warn';
  icon: ReactNode;
  title?: ReactNode;
  /** Announced at once; without it the notice is part of the page. */
  isAlert?: boolean;
  children?: ReactNode;
}

export function Notice({ tone, icon, title, isAlert = true, children }: NoticeProps) {
  return (
    <div className={classes.notice} data-tone={tone} role={isAlert ? 'alert' : undefined}>
      <span className={classes.icon}>{icon}</span>
      <div className={classes.body}>
        {title && <p className={classes.title}>{title}</p>}
        {children}
      </div>
    </div>
  );
}
