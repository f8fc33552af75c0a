// The last tab of a phone's bar: pages that have no tab of their own, and the API docs.
import { IconDots, IconExternalLink } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useViewSearch } from '../../lib/useView';
import { Menu, MenuItem } from '../../ui/Menu';
import classes from './Nav.module.css';
import type { PageEntry } from './pages';

export function MorePages({ pages }: { pages: readonly PageEntry[] }) {
  const navigate = useNavigate();
  const viewSearch = useViewSearch();
  return (
    <Menu
      label="More pages"
      position="top-end"
      width={220}
      button={(props) => (
        <button {...props} type="button" className={classes.tab}>
          <IconDots size={17} aria-hidden="true" />
          <span className={classes.text}>More</span>
        </button>
      )}
    >
      {pages.map((page) => (
        <MenuItem
          key={page.path}
          icon={<page.icon size={17} aria-hidden="true" />}
          onClick={() => void navigate({ to: page.path, search: viewSearch() })}
        >
          {page.title}
        </MenuItem>
      ))}
      <MenuItem href="/docs/" icon={<IconExternalLink size={17} aria-hidden="true" />}>
        API docs
      </MenuItem>
    </Menu>
  );
}
