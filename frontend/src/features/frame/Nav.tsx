// The navigation: a sidebar, a rail of icons on narrower screens, and a bar at the bottom of phones.
import { IconExternalLink } from '@tabler/icons-react';
import { Link, useLocation } from '@tanstack/react-router';
import type { MouseEventHandler } from 'react';
import { useViewSearch } from '../../lib/useView';
import { Brand } from '../../ui/Brand';
import { ColorSchemeToggle } from '../../ui/ColorSchemeToggle';
import { Tip } from '../../ui/Tip';
import { AccountMenu } from './AccountMenu';
import { useFrame } from './context';
import { MorePages } from './MorePages';
import classes from './Nav.module.css';
import type { PageEntry } from './pages';

const GROUPS = [undefined, 'Control', 'Trust'] as const;
const MAX_ON_PHONE = 4;

export function Nav() {
  const { pages, me } = useFrame();
  const onPhone = pages.filter((page) => page.onPhone).slice(0, MAX_ON_PHONE);
  const more = pages.filter((page) => !onPhone.includes(page));
  return (
    <>
      <nav className={classes.side} aria-label="Pages">
        <Link to="/" className={classes.home} aria-label="Tokenmeter, start page">
          <Brand />
        </Link>
        {GROUPS.map((group) => (
          <NavGroup
            key={group ?? 'reports'}
            name={group}
            pages={pages.filter((page) => page.group === group)}
          />
        ))}
        <div className={classes.foot}>
          <span className={classes.key} title={`Signed in with the key “${me.name}”`}>
            {me.name}
          </span>
          <ColorSchemeToggle />
          <AccountMenu position="right-end" />
        </div>
      </nav>
      <nav className={classes.bottom} aria-label="Pages">
        {onPhone.map((page) => (
          <PageLink key={page.path} page={page} className={classes.tab} />
        ))}
        <MorePages pages={more} />
      </nav>
    </>
  );
}

function NavGroup({ name, pages }: { name: string | undefined; pages: readonly PageEntry[] }) {
  if (pages.length === 0 && name !== 'Trust') return null;
  return (
    <div className={classes.group}>
      {name && <h2 className={classes.heading}>{name}</h2>}
      <ul className={classes.list}>
        {pages.map((page) => (
          <li key={page.path}>
            <Tip text={page.title} className={classes.tip}>
              <PageLink page={page} className={classes.link} />
            </Tip>
          </li>
        ))}
        {name === 'Trust' && (
          <li>
            <Tip text="API docs" className={classes.tip}>
              <a className={classes.link} href="/docs/" target="_blank" rel="noreferrer">
                <IconExternalLink size={17} aria-hidden="true" />
                <span className={classes.text}>API docs</span>
              </a>
            </Tip>
          </li>
        )}
      </ul>
    </div>
  );
}

interface PageLinkProps {
  page: PageEntry;
  className: string | undefined;
  onClick?: MouseEventHandler;
}

/** Carries the view, so that range and filters stay from page to page. */
export function PageLink({ page, className, ...rest }: PageLinkProps) {
  const { pathname } = useLocation();
  const viewSearch = useViewSearch();
  const isCurrent =
    pathname === page.path || (page.path !== '/' && pathname.startsWith(`${page.path}/`));
  return (
    <Link
      {...rest}
      to={page.path as '/'}
      search={viewSearch()}
      className={className}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <page.icon size={17} aria-hidden="true" />
      <span className={classes.text}>{page.title}</span>
    </Link>
  );
}
