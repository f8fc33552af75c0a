// A link inside the dashboard that carries the view: range, zone and filters stay from page to page.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useViewSearch } from '../lib/useView';
import type { Search, View } from '../lib/view';

interface ViewLinkProps {
  /** The path of a page. */
  to: string;
  /** Changes the view that the link leads to. */
  change?: (view: View) => View;
  /** Parameters of the page itself. */
  own?: Search;
  className?: string;
  title?: string;
  children: ReactNode;
}

export function ViewLink({ to, change, own, ...rest }: ViewLinkProps) {
  const viewSearch = useViewSearch();
  // Pages are registered where the routes meet; features know only their paths.
  return <Link {...rest} to={to as '/'} search={viewSearch(change, own)} />;
}
