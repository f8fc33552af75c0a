// From a detail back to its list.
import { IconChevronLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import classes from './BackLink.module.css';
import { ViewLink } from './ViewLink';

export function BackLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <nav aria-label="Back" className={classes.back}>
      <ViewLink to={to} className={classes.link}>
        <IconChevronLeft size={14} aria-hidden="true" />
        {children}
      </ViewLink>
    </nav>
  );
}
