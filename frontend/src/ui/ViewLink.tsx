// A link inside the dashboard that carries the view: range, zone and filters stay from page to page.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useRawSearch, useViewSearch } from '../lib/useView';
import { pagePart, type Search, type View } from '../lib/view';

interface ViewLinkProps {
  /** The path of a page. */
  to: string;
  /** Changes the view that the link leads to. */
  change?: (view: View) => View;
  /** Parameters of the page itself. */
  own?: Search;
  /** Keeps the parameters of this page, for links to itself. */
  keepPage?: boolean;
  className?: string;
  title?: string;
  children: ReactNode;
}

export function ViewLink({ to, change, own, keepPage, ...rest }: ViewLinkProps) {
  const viewSearch = useViewSearch();
  const page = pagePart(useRawSearch());
  // Pages are registered where the routes meet; features know only their paths.
  return (
    <Link
      {...rest}
      to={to as '/'}
      search={viewSearch(change, keepPage ? { ...page, ...own } : own)}
    />
  );
}
