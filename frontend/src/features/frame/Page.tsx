// A page inside the frame: its heading with the filters it offers, then its content.
import { type ReactNode, useEffect, useRef } from 'react';
import { useTitle } from '../../lib/useTitle';
import { useParsedView } from '../../lib/useView';
import { AccountMenu } from './AccountMenu';
import { BrokenLinkNote } from './BrokenLinkNote';
import { CopyLink } from './CopyLink';
import { FilterBar, type FilterControl } from './FilterBar';
import { Freshness } from './Freshness';
import classes from './Page.module.css';

interface PageProps {
  /** The only h1. */
  title: string;
  /** What the tab says before the title: `Explore · Spend by model`. */
  tab?: string;
  /** Which parts of the view the page follows; none for pages about keys, limits or prices. */
  filters?: readonly FilterControl[];
  /** Buttons at the end of the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

const NONE: readonly FilterControl[] = [];

export function Page({ title, tab = title, filters = NONE, actions, children }: PageProps) {
  useTitle(tab);
  const heading = useRef<HTMLHeadingElement>(null);
  useFocusOnArrival(heading);
  const { broken } = useParsedView();
  return (
    <>
      <header className={classes.header}>
        <div className={classes.top}>
          <h1 ref={heading} tabIndex={-1} className={classes.title}>
            {title}
          </h1>
          {filters.length > 0 && <FilterBar controls={filters} />}
          <div className={classes.end}>
            {filters.length > 0 && <Freshness />}
            {actions}
            {filters.length > 0 && <CopyLink />}
            <div className={classes.phoneMenu}>
              <AccountMenu position="bottom-end" />
            </div>
          </div>
        </div>
      </header>
      <div className={classes.page}>
        {filters.length > 0 && broken.length > 0 && <BrokenLinkNote parts={broken} />}
        {children}
      </div>
    </>
  );
}

/** Screen readers hear the new page's name. At the first page the focus stays where the browser puts it. */
function useFocusOnArrival(heading: React.RefObject<HTMLHeadingElement | null>) {
  useEffect(() => {
    if (document.activeElement?.closest('nav, [role="menu"]')) {
      heading.current?.focus({ preventScroll: true });
    }
  }, [heading]);
}
