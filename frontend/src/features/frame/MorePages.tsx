// The last tab of a phone's bar: pages that have no tab of their own, and the API docs.
import { Menu, UnstyledButton } from '@mantine/core';
import { IconDots, IconExternalLink } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useViewSearch } from '../../lib/useView';
import classes from './Nav.module.css';
import type { PageEntry } from './pages';

export function MorePages({ pages }: { pages: readonly PageEntry[] }) {
  const navigate = useNavigate();
  const viewSearch = useViewSearch();
  return (
    <Menu position="top-end" width={220} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.tab}>
          <IconDots size={17} aria-hidden="true" />
          <span className={classes.text}>More</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {pages.map((page) => (
          <Menu.Item
            key={page.path}
            leftSection={<page.icon size={17} aria-hidden="true" />}
            onClick={() => void navigate({ to: page.path, search: viewSearch() })}
          >
            {page.title}
          </Menu.Item>
        ))}
        <Menu.Item
          component="a"
          href="/docs/"
          target="_blank"
          rel="noreferrer"
          leftSection={<IconExternalLink size={17} aria-hidden="true" />}
        >
          API docs
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
